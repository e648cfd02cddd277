"""What is beside the code: the citation, forms for issues, the template of a pull request."""

import re
import tomllib

import pytest
import yaml
from helpers.paths import REPOSITORY

URLS = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
GITHUB = REPOSITORY / ".github"
FORMS = sorted(GITHUB.glob("ISSUE_TEMPLATE/[!c]*.yml"))
FIELDS = {"textarea", "input", "dropdown", "checkboxes"}


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_citation_names_the_addresses_of_the_project():
    cited = read(REPOSITORY / "CITATION.cff")
    assert (cited["repository-code"], cited["url"]) == (URLS["Repository"], URLS["Homepage"])
    assert cited["type"] == "software"
    assert [work["doi"] for work in cited["references"]] == ["10.1126/sciadv.aao2929"]


def test_there_is_a_form_for_bugs_questions_and_wishes():
    assert {path.stem for path in FORMS} == {"bug", "question", "feature"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_has_what_github_asks_for(path):
    form = read(path)
    assert form.keys() == {"name", "description", "labels", "body"}
    assert {field["type"] for field in form["body"]} <= FIELDS
    names = [field["id"] for field in form["body"]]
    assert len(set(names)) == len(names)
    labels = [field["attributes"]["label"] for field in form["body"]]
    assert len(set(labels)) == len(labels)
    assert form["body"][0]["validations"] == {"required": True}


def test_links_lead_to_pages_of_the_repository():
    config = (GITHUB / "ISSUE_TEMPLATE/config.yml").read_text(encoding="utf-8")
    pull_request = (GITHUB / "pull_request_template.md").read_text(encoding="utf-8")
    links = re.findall(r"https?://[^\s)]+", config + pull_request)
    assert len(links) == 4
    for link in links:
        place = re.fullmatch(
            rf"{re.escape(URLS['Repository'])}(?:/(?:blob|tree)/main/(.+)|#readme)", link
        )
        assert place, link
        assert (REPOSITORY / (place[1] or "README.md")).exists(), link
