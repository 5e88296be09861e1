# At a low priority: it computes for minutes, beside tests that have clocks to look at. Not at the lowest: on a machine that others use
# as well it would never end.
exec nice -n 5 tools/lint.sh
