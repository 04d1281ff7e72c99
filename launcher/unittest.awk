# Reads the output of Python's unittest, or of anything that ends like it: "Ran N tests in ...", then "OK" or
# "FAILED (failures=1, errors=2, skipped=3)". Prints what report.awk prints.

function number(line, name,    at) {
    at = match(line, name "=[0-9]+")
    return at ? substr(line, RSTART + length(name) + 1, RLENGTH - length(name) - 1) + 0 : 0
}

/^Ran [0-9]+ tests?/ { run += $2 }

/^(OK|FAILED)( \(.*\))?$/ {
    failed += number($0, "failures") + number($0, "errors") + number($0, "unexpected successes")
    skipped += number($0, "skipped")
}

/^(FAIL|ERROR): / {
    sub(/^[A-Z]+: /, "")
    details = details "failed " $0 "\n"
}

# The last line of a traceback says what was wrong.
/^[A-Za-z_.]*(Error|Exception|Failure)(:|$)/ { details = details "    " substr($0, 1, 300) "\n" }

END {
    print "total " run + 0 " " failed + 0 " " skipped + 0
    printf "%s", details
}
