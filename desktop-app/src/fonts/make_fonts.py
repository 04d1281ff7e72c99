#!/usr/bin/env python3
"""Makes the bundled fonts from the released ones (needs fontTools; run by hand when a font is updated).

JavaFX cannot switch OpenType features on and cannot choose a weight of a family by number. So the tabular figures of
Inter (feature tnum) become its default figures here, and each weight becomes a family of its own. The families get a
name of their own, so that an Inter installed on the machine cannot take their place.

    make_fonts.py INTER_FOLDER JETBRAINS_MONO_FOLDER OUT

The folders are searched for NAME_400Regular.ttf and so on.
"""
import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

# Latin, its supplements and extensions, IPA is left out; Greek, Cyrillic, punctuation, arrows, mathematics, shapes
RANGES = [(0x20, 0x24F), (0x2C6, 0x2DD), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x1E00, 0x1EFF),
          (0x2000, 0x206F), (0x2070, 0x209F), (0x20A0, 0x20BF), (0x2100, 0x214F), (0x2190, 0x21FF), (0x2200, 0x22FF),
          (0x2300, 0x23FF), (0x25A0, 0x25FF), (0x2700, 0x27BF)]
# punctuation stays proportional: text is set in the same font
FIGURES = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "plus", "minus", "plusminus"}
INTER = {"400Regular": "Kiln Inter", "500Medium": "Kiln Inter Medium", "600SemiBold": "Kiln Inter SemiBold"}
MONO = {"400Regular": "Kiln Mono"}


def freeze(font, tag):
    """Makes the single substitutions of a feature the default glyphs."""
    gsub = font["GSUB"].table
    wanted = {i for r in gsub.FeatureList.FeatureRecord if r.FeatureTag == tag for i in r.Feature.LookupListIndex}
    mapping = {}
    for index in wanted:
        for table in gsub.LookupList.Lookup[index].SubTable:
            table = getattr(table, "ExtSubTable", table)
            mapping.update(getattr(table, "mapping", {}))
    mapping = {name: to for name, to in mapping.items() if name in FIGURES}
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap = {code: mapping.get(name, name) for code, name in table.cmap.items()}


def make(source, family, out, tabular):
    font = TTFont(source)
    if tabular:
        freeze(font, "tnum")
    options = subset.Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    options.hinting = True
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for low, high in RANGES for code in range(low, high + 1)])
    subsetter.subset(font)
    for record in list(font["name"].names):
        if record.nameID in (1, 4):
            record.string = family
        elif record.nameID == 2:
            record.string = "Regular"
        elif record.nameID in (3, 6):
            record.string = family.replace(" ", "") + "-Regular"
    font["OS/2"].usWeightClass = 400
    font.save(out / (family.replace(" ", "") + ".ttf"))


def find(folder, ending):
    return next(p for p in sorted(pathlib.Path(folder).rglob(f"*_{ending}.ttf")))


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[3])
    for ending, name in INTER.items():
        make(find(sys.argv[1], ending), name, target, True)
    for ending, name in MONO.items():
        make(find(sys.argv[2], ending), name, target, False)
