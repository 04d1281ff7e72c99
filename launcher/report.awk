# Reads JUnit XML reports, as Surefire writes them. Prints "total RUN FAILED SKIPPED" and, for each test that failed or
# was skipped, a line "failed CLASS > NAME" or "skipped CLASS > NAME" with the first lines of its error indented below.

function attribute(line, name,    at, rest) {
    at = index(line, " " name "=\"")
    if (at == 0) return ""
    rest = substr(line, at + length(name) + 3)
    return substr(rest, 1, index(rest "\"", "\"") - 1)
}

function text(xml) {
    gsub(/&#10;|&#xA;/, "\n", xml)
    gsub(/&#9;|&#x9;/, " ", xml)
    gsub(/&#13;|&#xD;/, "", xml)
    gsub(/&lt;/, "<", xml)
    gsub(/&gt;/, ">", xml)
    gsub(/&quot;/, "\"", xml)
    gsub(/&apos;|&#39;/, "'", xml)
    gsub(/&amp;/, "\\&", xml)
    return xml
}

function remember(kind, message,    lines, count, i, shown) {
    details = details kind " " text(class) " > " text(test) "\n"
    count = split(text(message), lines, "\n")
    for (i = 1; i <= count && shown < 6; i++) {
        if (lines[i] ~ /^[ \t]*$/) continue
        details = details "    " substr(lines[i], 1, 300) "\n"
        shown++
    }
}

# What a test printed, or the trace of its error, may look like anything: skip it.
quoted { if (index($0, "]]>")) quoted = 0; next }

/<testsuite / {
    run += attribute($0, "tests")
    failed += attribute($0, "failures") + attribute($0, "errors")
    skipped += attribute($0, "skipped")
}

/<testcase / {
    test = attribute($0, "name")
    class = attribute($0, "classname")
}

/<(failure|error)[ >]/ {
    message = attribute($0, "message")
    if (message == "") message = attribute($0, "type")
    remember("failed", message)
}

/<skipped[ \/>]/ { remember("skipped", attribute($0, "message")) }

/<!\[CDATA\[/ && !/\]\]>/ { quoted = 1 }

END {
    print "total " run + 0 " " failed + 0 " " skipped + 0
    printf "%s", details
}
