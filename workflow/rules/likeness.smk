# What the rules have in common that show families of repeating events and labels, or learn from
# them.
HAS_NEIGHBOURS = bool(settings.neighbours.n_neighbors)


@cache
def finds_repeaters(variant):
    return settings.variant(variant).repeaters.find


def repeaters_file(file, variant):
    """Return where a file of the families of a variant is; all units have them together."""
    return f"{RESULTS}/repeaters/{owner('repeaters', variant)}/{file}"


def families_if_found(wildcards):
    """Return the families of a variant, or nothing where none are looked for."""
    found = finds_repeaters(wildcards.variant)
    return repeaters_file("families.h5", wildcards.variant) if found else []


@cache
def has_classifier(unit, variant):
    """Tell whether labels are learned, or were in the run whose models are kept."""
    if settings.fits_models:
        return settings.labels is not None
    return (models_folder() / unit / owner("classifier", variant) / "classifier.h5").is_file()


def labels_if_learned(wildcards):
    """Return the labels that the events of a unit are given, or nothing where none were learned."""
    if not has_classifier(wildcards.unit, wildcards.variant):
        return []
    return of_variant("labels.h5", wildcards.variant, wildcards.unit)


def evaluation_if_learned(wildcards):
    """Return how well labels are found, or nothing where none were learned."""
    if not has_classifier(wildcards.unit, wildcards.variant):
        return []
    return model_of_variant("evaluation.h5", wildcards.variant, wildcards.unit)


def options_of_likeness(wildcards, input):
    """Return the options of what shows families and labels."""
    names = ("families", "labels", "evaluation")
    return [each for name in names for each in option(name, input.get(name))]


def table_of_labels():
    """Return the labels that people gave to events, or nothing."""
    return absolute(settings.labels) if settings.labels else []


def of_all_units(file):
    """Return a file of a variant of each unit."""
    return lambda wildcards: [of_variant(file, wildcards.variant, unit) for unit in units()]


def phase_of(wildcards):
    return settings.variant(wildcards.variant).phase


def files_of_repeaters():
    """Return what a run ends with of the families of its variants."""
    variants = [variant for variant in VARIANTS if finds_repeaters(variant)]
    files = [repeaters_file("families.csv", variant) for variant in variants]
    return files + [
        repeaters_file("dt.cc", variant) for variant in variants if settings.variant(variant).phase
    ]
