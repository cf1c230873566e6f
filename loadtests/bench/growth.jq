# From one line a run to ratios within each round to "one", then the median.
def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def round2: . * 100 | round / 100;

[inputs | split("\t") | {workload: .[0], round: .[1], name: .[2], rate: (.[3] | tonumber), cpu: (.[5] | tonumber)}]
| group_by(.workload)[]
| . as $of
| ($of | map({key: .round, value: select(.name == "one")}) | from_entries) as $one
| [$of[].name] | unique[] | select(. != "one")
| . as $name
| [$of[] | select(.name == $name)] as $runs
| "\($of[0].workload)\t\($name)\t\([$runs[] | .rate / $one[.round].rate] | median | round2)\t\([$runs[] | .cpu / $one[.round].cpu] | median | round2)"
