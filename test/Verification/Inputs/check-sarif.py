"""check-sarif.py FILE: what SARIF 2.1.0 asks of a report, and code hosts do.

Prints the errors and how many results there are.
"""
import json
import re
import sys

errors = []


def expect(condition, text):
    if not condition:
        errors.append(text)


def check_location(location):
    physical = location.get("physicalLocation")
    expect(physical or location.get("logicalLocations"), "empty location")
    if not physical:
        return
    expect(re.fullmatch(r"[!-~]*", physical["artifactLocation"]["uri"]), "uri")
    region = physical.get("region")
    if region is not None:
        expect(region["startLine"] >= 1, "startLine")
        expect(region.get("startColumn", 1) >= 1, "startColumn")


with open(sys.argv[1], encoding="utf-8") as file:
    log = json.load(file)
expect(log["version"] == "2.1.0", "version")
expect(log["$schema"].startswith("https://"), "$schema")
count = 0
for run in log["runs"]:
    driver = run["tool"]["driver"]
    expect(driver["name"] == "dag", "name")
    expect(re.fullmatch(r"\d+\.\d+\.\d+", driver["semanticVersion"]), "version")
    rules = driver["rules"]
    for rule in rules:
        expect(rule["helpUri"].startswith("docs/Verification.md#dag"), "helpUri")
        for text in ("shortDescription", "fullDescription", "help"):
            expect(rule[text]["text"], text)
    for invocation in run["invocations"]:
        expect(isinstance(invocation["executionSuccessful"], bool), "successful")
        for note in invocation["toolExecutionNotifications"]:
            expect(note["message"]["text"], "notification")
    for artifact in run["artifacts"]:
        expect(artifact["location"]["uri"], "artifact")
    seen = set()
    for result in run["results"]:
        count += 1
        expect(result["level"] in ("error", "warning", "note"), "level")
        expect(rules[result["ruleIndex"]]["id"] == result["ruleId"], "ruleIndex")
        expect(result["message"]["text"], "message")
        expect(1 <= len(result["locations"]) <= 100, "locations")
        expect(result.get("occurrenceCount", 2) > 1, "occurrenceCount")
        print_ = result["partialFingerprints"]["dagCause/v1"]
        expect(print_ not in seen, "fingerprint twice: " + print_)
        seen.add(print_)
        for location in result["locations"] + result.get("relatedLocations", []):
            check_location(location)
    expect(run["properties"]["verdict"] in ("PASS", "FAIL", "UNVERIFIED"), "verdict")
for error in sorted(set(errors)):
    print("error:", error)
print(f"{count} results, {len(errors)} errors")
