# SPDX-License-Identifier: Apache-2.0
# openmetrics.awk - is this a document of OpenMetrics 1.0? One line for each thing that is wrong
#
# Of the specification: descriptors, names, types and their suffixes, units, labels and their escapes, that samples of
# one family stand together and none comes twice, values, the end. Not what we do not write: timestamps, exemplars, histograms.

function wrong(what) { print "line " NR ": " what ": " $0 }

# labels(TEXT) - "name=value" pairs from TEXT, which begins behind the brace, into label[]; what follows them, or "?"
function labels(text,   name, value, c) {
	split("", label)
	while (substr(text, 1, 1) != "}") {
		if (!match(text, /^[a-zA-Z_][a-zA-Z0-9_]*="/)) return "?"
		name = substr(text, 1, RLENGTH - 2)
		text = substr(text, RLENGTH + 1)
		value = ""
		while ((c = substr(text, 1, 1)) != "\"") {
			if (c == "") return "?"
			if (c == "\\" && substr(text, 2, 1) !~ /[\\"n]/) return "?"
			value = value substr(text, 1, c == "\\" ? 2 : 1)
			text = substr(text, c == "\\" ? 3 : 2)
		}
		if (name in label) return "?"
		label[name] = value
		text = substr(text, 2)
		if (substr(text, 1, 2) ~ /^,[^}]/) text = substr(text, 2)
		else if (substr(text, 1, 1) != "}") return "?"
	}
	return substr(text, 2)
}

function family_is(name) {
	if (name == family) return
	if (name in families) wrong("a second time")
	families[name] = 1
	family = name
	type = unit = ""
	samples = 0
}

function suffix() { return type == "counter" ? "_total" : type == "info" ? "_info" : "" }

function sample(   name, rest, value) {
	match($0, /^[a-zA-Z_:][a-zA-Z0-9_:]*/)
	name = substr($0, 1, RLENGTH)
	rest = substr($0, RLENGTH + 1)
	split("", label)
	if (substr(rest, 1, 1) == "{") rest = labels(substr(rest, 2))
	if (rest !~ /^ [^ ]+$/) return wrong("labels, then one blank and a value")
	value = substr(rest, 2)
	if (name != family suffix()) wrong("not of the family " family)
	if (value !~ /^([+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?|[+-]Inf|NaN)$/) wrong("not a number")
	if (type == "counter" && value ~ /^(-|NaN)/) wrong("a counter must not be negative")
	if (type == "info" && value != 1) wrong("must be 1")
	if (type == "stateset" && (value !~ /^[01]$/ || !(family in label))) wrong("not one of a set of states")
	rest = substr($0, 1, length($0) - length(value))
	if (rest in seen) wrong("a second time")
	seen[rest] = 1
	samples++
}

ended { wrong("behind the end") }
/^# EOF$/ { ended = 1; next }
/^# TYPE / {
	family_is($3)
	if (NF != 4 || $4 !~ /^(gauge|counter|info|stateset)$/ || type != "" || samples) wrong("type")
	if ($3 ~ /(_total|_info)$/) wrong("a suffix that is for samples")
	type = $4
	next
}
/^# UNIT / {
	family_is($3)
	unit = $4
	if (NF != 4 || samples || substr($3, length($3) - length(unit)) != "_" unit) wrong("unit")
	next
}
/^# HELP / {
	family_is($3)
	if (NF < 4 || samples) wrong("help")
	next
}
/^[a-zA-Z_:]/ { sample(); next }
{ wrong("neither descriptor nor sample") }
END { if (!ended) print "no end" }
