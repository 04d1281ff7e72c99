package studio.kiln.core.api;

import java.util.regex.Pattern;

/** A word that describes a node, and that tasks may ask for. */
public final class NodeTag {
    /** So many a node may have: each makes more ways to choose work by. */
    public static final int MOST = 8;

    private static final Pattern FORM = Pattern.compile("[a-z0-9][a-z0-9._-]{0,31}");

    private NodeTag() {}

    /** @throws IllegalArgumentException with one sentence when it has not the form of a tag */
    public static String check(String tag) {
        if (!FORM.matcher(tag).matches()) {
            throw new IllegalArgumentException(
                    "A tag has small letters, digits, dots and dashes, at most 32 of them; '" + tag + "' is none.");
        }
        return tag;
    }
}
