# At a low priority: it computes for minutes, beside tests that have clocks to look at.
exec nice tools/lint.sh
