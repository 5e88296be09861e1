# At the lowest priority: it computes for minutes, beside tests that have clocks to look at.
exec nice -n 19 tools/lint.sh
