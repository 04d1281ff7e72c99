package studio.kiln.server.cli.render;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import studio.kiln.server.cli.CliFailure;

/**
 * Names for pictures, such as {@code shot/{frame:04}.{ext}}: text with {@code {frame}}, {@code {layer}}, {@code {view}},
 * {@code {variant}}, {@code {model}}, {@code {task}} and {@code {ext}} in braces. {@code {frame:04}} has at least four
 * digits. Every name is a relative path that stays inside the folder: what stands for a value never becomes a folder of
 * its own. Names are in Unicode form C.
 */
public final class NameTemplate {
    /** What may stand in braces. */
    public enum Field {
        FRAME,
        LAYER,
        VIEW,
        VARIANT,
        MODEL,
        TASK,
        EXT;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final Pattern PLACE = Pattern.compile("\\{([^{}]*)\\}");
    private static final Pattern DIGITS = Pattern.compile("0?([1-9])");
    private static final Pattern FIXED_ENDING = Pattern.compile(".*[^/]?\\.([A-Za-z][A-Za-z0-9]{0,7})");
    private static final Pattern UNSAFE = Pattern.compile("[\\p{Cntrl}/\\\\:*?\"<>|]");
    private static final Pattern RESERVED = Pattern.compile("(?i)(con|prn|aux|nul|com\\d|lpt\\d)(\\..*)?");
    private static final int LONGEST = 200;

    private sealed interface Piece {
        record Literal(String text) implements Piece {}

        record Value(Field field, int digits) implements Piece {}
    }

    private final @Nullable String text;
    private final List<Piece> pieces;

    private NameTemplate(@Nullable String text, List<Piece> pieces) {
        this.text = text;
        this.pieces = pieces;
    }

    /**
     * The usual names: {@code 0001.png}, below a folder for the variant and the layer where there are several, and with
     * the view at the end where there are several.
     */
    public static NameTemplate usual() {
        return new NameTemplate(null, List.of());
    }

    /** @throws CliFailure with one sentence for a person when the template cannot be used */
    public static NameTemplate parse(String text) {
        if (text.isBlank()) {
            throw bad(text, "is empty; write for example {frame:04}.{ext}");
        }
        List<Piece> pieces = new ArrayList<>();
        Matcher m = PLACE.matcher(text);
        int end = 0;
        while (m.find()) {
            literal(text, text.substring(end, m.start()), pieces);
            pieces.add(value(text, m.group(1)));
            end = m.end();
        }
        literal(text, text.substring(end), pieces);
        NameTemplate template = new NameTemplate(text, List.copyOf(pieces));
        template.refuseOutside();
        template.refuseNoEnding();
        return template;
    }

    private static void literal(String all, String text, List<Piece> pieces) {
        if (text.indexOf('{') >= 0 || text.indexOf('}') >= 0) {
            throw bad(all, "has a brace without its partner");
        }
        if (text.indexOf('\\') >= 0) {
            throw bad(all, "has a backslash in it; folders are written with /");
        }
        if (text.chars().anyMatch(c -> c < ' ' || c == 0x7F)) {
            throw bad(all, "has a control character in it");
        }
        if (!text.isEmpty()) {
            pieces.add(new Piece.Literal(text));
        }
    }

    private static Piece.Value value(String all, String inside) {
        int colon = inside.indexOf(':');
        String word = (colon < 0 ? inside : inside.substring(0, colon)).strip();
        Field field = Stream.of(Field.values())
                .filter(f -> f.word().equals(word))
                .findFirst()
                .orElseThrow(() -> bad(
                        all,
                        "has {" + inside + "} in it, which is none of "
                                + Stream.of(Field.values())
                                        .map(f -> "{" + f.word() + "}")
                                        .collect(Collectors.joining(", "))));
        if (colon < 0) {
            return new Piece.Value(field, 1);
        }
        Matcher digits = DIGITS.matcher(inside.substring(colon + 1).strip());
        if (field != Field.FRAME || !digits.matches()) {
            throw bad(all, "has {" + inside + "} in it; only {frame:02} to {frame:09} take a number of digits");
        }
        return new Piece.Value(field, Integer.parseInt(digits.group(1)));
    }

    private void refuseOutside() {
        String sample = name(new PictureName(1, "l", "v", "a", "m", "1", "png", ""));
        if (sample.startsWith("/") || sample.matches("^[A-Za-z]:.*") || sample.startsWith("~")) {
            throw bad(String.valueOf(text), "is an absolute path; name the folder with -o and leave the name relative");
        }
        for (String part : sample.split("/", -1)) {
            if (part.equals("..") || part.equals(".")) {
                throw bad(String.valueOf(text), "leaves the folder; leave '" + part + "' out");
            }
            if (part.isEmpty()) {
                throw bad(String.valueOf(text), "has an empty folder or file name in it");
            }
        }
    }

    // A picture without its ending is opened by no program.
    private void refuseNoEnding() {
        boolean fromPicture = pieces.size() > 1
                && pieces.getLast() instanceof Piece.Value(Field field, int _)
                && field == Field.EXT
                && pieces.get(pieces.size() - 2) instanceof Piece.Literal(String before)
                && before.endsWith(".");
        if (!fromPicture && fixedEnding() == null) {
            throw bad(String.valueOf(text), "has no ending; put .{ext} at its end");
        }
    }

    /** The ending that every name has whatever the picture is, or null where it is the picture's own. */
    private @Nullable String fixedEnding() {
        if (pieces.isEmpty() || !(pieces.getLast() instanceof Piece.Literal(String last))) {
            return null;
        }
        Matcher ending = FIXED_ENDING.matcher(last);
        return ending.matches() ? ending.group(1) : null;
    }

    /**
     * Refuses a template whose names end otherwise than the pictures are.
     *
     * @param extension what the pictures are, such as {@code png}
     * @throws CliFailure with one sentence for a person
     */
    public void refuseOtherEnding(String extension) {
        String fixed = fixedEnding();
        if (fixed != null && !isEndingOf(fixed, extension)) {
            throw bad(
                    String.valueOf(text),
                    "ends with ." + fixed + ", but the pictures are ." + extension + " files; end it with .{ext}");
        }
    }

    private static boolean isEndingOf(String ending, String extension) {
        return plain(ending).equals(plain(extension));
    }

    private static String plain(String ending) {
        return switch (ending.toLowerCase(Locale.ROOT)) {
            case "jpeg" -> "jpg";
            case "tiff" -> "tif";
            case String other -> other;
        };
    }

    /** Whether names differ by that field. */
    public boolean uses(Field field) {
        return text == null
                ? EnumSet.of(Field.FRAME, Field.LAYER, Field.VIEW, Field.VARIANT, Field.EXT)
                        .contains(field)
                : pieces.stream().anyMatch(p -> p instanceof Piece.Value(Field f, int d) && f == field);
    }

    /**
     * Refuses a template that would give several pictures one name.
     *
     * @param several the fields of which the task has more than one value
     * @throws CliFailure with one sentence for a person
     */
    public void refuseCollisions(Set<Field> several) {
        for (Field field : several) {
            if (!uses(field)) {
                throw CliFailure.unusable(
                        "BAD_NAME",
                        "The name '" + text + "' is the same for several pictures: there are several "
                                + field.word() + "s, so put {" + (field == Field.FRAME ? "frame:04" : field.word())
                                + "} into it.");
            }
        }
    }

    /** The relative path of a picture, with {@code /} between folders. */
    public String name(PictureName picture) {
        String name = Normalizer.normalize(text == null ? usual(picture) : filled(picture), Normalizer.Form.NFC);
        return picture.node().isEmpty() ? name : beside(name, picture);
    }

    private static String usual(PictureName picture) {
        return (picture.variant().isEmpty() ? "" : safe(picture.variant()) + "/")
                + (picture.layer().isEmpty() ? "" : safe(picture.layer()) + "/")
                + digits(picture.frame(), 4)
                + (picture.view().isEmpty() ? "" : "_" + safe(picture.view()))
                + "."
                + picture.extension();
    }

    private String filled(PictureName picture) {
        StringBuilder name = new StringBuilder();
        for (Piece piece : pieces) {
            name.append(
                    switch (piece) {
                        case Piece.Literal(String literal) -> literal;
                        case Piece.Value(Field field, int width) ->
                            switch (field) {
                                case FRAME -> digits(picture.frame(), width);
                                case LAYER -> safe(picture.layer());
                                case VIEW -> safe(picture.view());
                                case VARIANT -> safe(picture.variant());
                                case MODEL -> safe(picture.model());
                                case TASK -> safe(picture.task());
                                case EXT -> safe(picture.extension());
                            };
                    });
        }
        return name.toString();
    }

    /** What a File Output node wrote lies in a folder of its own, named after the node, beside the picture. */
    private String beside(String name, PictureName picture) {
        int slash = name.lastIndexOf('/') + 1;
        String file = name.substring(slash);
        String fixed = fixedEnding();
        // The node has a format of its own.
        String own = fixed == null || isEndingOf(fixed, picture.extension())
                ? file
                : file.substring(0, file.length() - fixed.length()) + picture.extension();
        return name.substring(0, slash) + "nodes/" + safe(picture.node()) + "/" + own;
    }

    private static String digits(int frame, int width) {
        String number = Integer.toString(Math.abs(frame));
        return (frame < 0 ? "-" : "") + "0".repeat(Math.max(0, width - number.length())) + number;
    }

    /** A value as a part of one file name on every system. */
    static String safe(String value) {
        String name = UNSAFE.matcher(value).replaceAll("_").strip();
        name = name.replaceAll("^\\.+", "_").replaceAll("[. ]+$", "_");
        if (RESERVED.matcher(name).matches()) {
            name = "_" + name;
        }
        if (name.length() > LONGEST) {
            name = name.substring(0, LONGEST);
        }
        return name.isEmpty() ? "_" : name;
    }

    private static CliFailure bad(String template, String why) {
        return CliFailure.unusable("BAD_NAME", "The name '" + template + "' " + why + ".");
    }

    @Override
    public String toString() {
        return text == null ? "{frame:04}.{ext}" : text;
    }
}
