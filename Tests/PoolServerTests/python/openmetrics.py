"""Reads OpenMetrics files with the parser of the Prometheus project, and says how many families they have."""

import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as plain_families

for path in sys.argv[1:]:
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    is_open = text.endswith("# EOF\n")
    families = list((text_string_to_metric_families if is_open else plain_families)(text))
    assert families, path
    for family in families:
        assert family.documentation, family.name
        assert family.type != "unknown", family.name
        assert family.samples, family.name
    print(f"{path}: {len(families)} families")
print("the parser is satisfied")
