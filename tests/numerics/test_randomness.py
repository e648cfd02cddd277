"""Seeds of models that differ in nothing else."""

from specufex_pipe.numerics.randomness import seed_of_model


def test_the_first_model_has_the_seed_of_all():
    assert [seed_of_model(seed, 0) for seed in (0, 7)] == [0, 7]


def test_seeds_of_a_run_never_change():
    assert [seed_of_model(0, number) for number in (1, 2)] == [3_964_924_996, 3_141_116_543]
    assert seed_of_model(1, 1) != seed_of_model(0, 2)
