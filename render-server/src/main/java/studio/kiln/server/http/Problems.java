package studio.kiln.server.http;

import java.io.FileNotFoundException;
import java.nio.file.NoSuchFileException;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Problem;
import studio.kiln.core.asset.Disk;
import studio.kiln.core.asset.UnusablePath;
import studio.kiln.core.blender.OutOfRange;
import studio.kiln.core.plan.BadFrames;
import studio.kiln.server.persistence.DatabaseUnavailable;
import studio.kiln.server.storage.DigestMismatch;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.exc.ValueInstantiationException;

/** Says errors as problem details (RFC 9457). What is nobody's business stays in the log, under a number that is told. */
final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    private Problems() {}

    static Problem of(Throwable e) {
        return switch (e) {
            case ApiException api -> api.problem();
            case JacksonException json -> ofJson(json);
            case DigestMismatch mismatch ->
                Problem.of(422, "DIGEST_MISMATCH", "The bytes are not those that were announced", text(mismatch));
            case DatabaseUnavailable down -> databaseDown(down);
            case IllegalArgumentException wrong ->
                Problem.of(422, code(wrong), "The request cannot be carried out", text(wrong));
            case FileNotFoundException gone -> gone();
            case NoSuchFileException gone -> gone();
            default ->
                Disk.isFull(e)
                        ? diskFull(e)
                        : DatabaseUnavailable.isCauseOf(e)
                                ? databaseDown(e)
                                : isTooLong(e) ? tooLong(e) : unexpected(e);
        };
    }

    static Problem noSuchPath(String path) {
        return Problem.of(
                404, "NO_SUCH_PATH", "There is nothing here", "There is no '" + path + "'; see /api/openapi.json.");
    }

    /** @param known what the route takes in its query */
    static Problem noSuchParameter(String name, List<String> known) {
        return new Problem(
                "about:blank",
                "A parameter is wrong",
                400,
                "There is no parameter '" + name + "' here; "
                        + (known.isEmpty() ? "this takes none." : "there are: " + String.join(", ", known) + "."),
                "BAD_PARAMETER",
                List.of(name));
    }

    static Problem noSuchMethod(String method, Iterable<String> allowed) {
        return Problem.of(
                405,
                "NO_SUCH_METHOD",
                "The method is not known here",
                method + " means nothing here; use " + String.join(" or ", allowed) + ".");
    }

    static Problem notJson(@Nullable String type) {
        return Problem.of(
                415,
                "NOT_JSON",
                "The body's type is not known",
                "The body was sent as " + (type == null ? "no type at all" : "'" + type + "'")
                        + "; send it with Content-Type application/json.");
    }

    static Problem wrongType(@Nullable String type, String wanted) {
        return Problem.of(
                415,
                "WRONG_TYPE",
                "The body's type is not known",
                "The body was sent as " + (type == null ? "no type at all" : "'" + type + "'")
                        + "; send it with Content-Type " + wanted + ".");
    }

    static Problem tooLarge(long most) {
        return Problem.of(
                413,
                "TOO_LARGE",
                "The request is too large",
                most == 0
                        ? "This request takes no body; send it without one."
                        : "The body of this request may have at most " + most + " bytes; send less.");
    }

    private static Problem ofJson(JacksonException e) {
        if (e instanceof UnrecognizedPropertyException unknown) {
            String path = path(unknown);
            return new Problem(
                    "about:blank",
                    "A member of the request is not known",
                    400,
                    "'" + path + "' means nothing here"
                            + (unknown.getKnownPropertyIds() == null
                                    ? "."
                                    : "; what is known: "
                                            + String.join(
                                                    ", ",
                                                    unknown.getKnownPropertyIds().stream()
                                                            .map(String::valueOf)
                                                            .sorted()
                                                            .toList())
                                            + "."),
                    "UNKNOWN_MEMBER",
                    List.of(path));
        }
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof IllegalArgumentException wrong && !(cause instanceof JacksonException)) {
                return new Problem(
                        "about:blank",
                        "The request cannot be carried out",
                        422,
                        text(wrong),
                        code(wrong),
                        fields(path(e), wrong));
            }
        }
        String where = path(e);
        return new Problem(
                "about:blank",
                "The request cannot be read",
                400,
                (where.isEmpty() ? "The body is not the JSON that belongs here: " : "'" + where + "' is wrong: ")
                        + sentence(e) + ".",
                "BAD_JSON",
                where.isEmpty() ? null : List.of(where));
    }

    // A record knows which of its members is wrong, the parser only where the record stands.
    private static @Nullable List<String> fields(String path, IllegalArgumentException wrong) {
        if (wrong instanceof OutOfRange member) {
            return List.of(path.isEmpty() ? member.member() : path + "." + member.member());
        }
        return path.isEmpty() ? null : List.of(path);
    }

    // The parser's own words name classes of Java; a person wants to know what is expected.
    private static String sentence(JacksonException e) {
        return switch (e) {
            // Its own words are those of a Java class.
            case ValueInstantiationException _ -> "something that it needs is null";
            case InputCoercionException _ -> "the number is beyond what can stand here";
            case UnexpectedEndOfInputException _ -> "it ends too early";
            case StreamReadException _ ->
                e.getLocation() == null
                        ? "it is no JSON"
                        : "it is no JSON at line " + e.getLocation().getLineNr() + ", column "
                                + e.getLocation().getColumnNr();
            case MismatchedInputException mismatch
            when mismatch.getTargetType() != null && !mismatch.getTargetType().isEnum() ->
                "a " + kind(mismatch.getTargetType()) + " belongs here";
            default -> e.getOriginalMessage().lines().findFirst().orElse("");
        };
    }

    private static String kind(Class<?> type) {
        if (type == String.class) {
            return "string";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "boolean";
        }
        if (Number.class.isAssignableFrom(type) || type.isPrimitive()) {
            return "number";
        }
        return Collection.class.isAssignableFrom(type) || type.isArray() ? "list" : "JSON object";
    }

    private static String path(JacksonException e) {
        StringBuilder path = new StringBuilder();
        for (JacksonException.Reference reference : e.getPath()) {
            if (reference.getPropertyName() != null) {
                path.append(path.isEmpty() ? "" : ".").append(reference.getPropertyName());
            } else if (reference.getIndex() >= 0) {
                path.append('[').append(reference.getIndex()).append(']');
            }
        }
        return path.toString();
    }

    private static Problem gone() {
        return Problem.of(
                404,
                "GONE",
                "The file is not there",
                "The bytes of it are not in the store any more; render it again.");
    }

    private static Problem databaseDown(Throwable e) {
        LOG.warn("The database does not answer: {}", e.toString());
        return Problem.of(
                503,
                "DATABASE_DOWN",
                "The database does not answer",
                "The server cannot reach its database at the moment; nothing was changed. Try again in a minute.");
    }

    private static Problem diskFull(Throwable e) {
        LOG.warn("The disk is full: {}", e.toString());
        return Problem.of(
                507,
                "DISK_FULL",
                "The disk is full",
                "There is no room on the server's disk; make some and try again.");
    }

    private static Problem unexpected(Throwable e) {
        String number = UUID.randomUUID().toString().substring(0, 8);
        LOG.error("Unexpected error {}", number, e);
        return Problem.of(
                500,
                "UNEXPECTED",
                "Something went wrong in the server",
                "This should not happen and was logged under the number " + number
                        + " in logs/server.log. Try again; if it happens again, report it with that number.");
    }

    // The last net: TextLimits refuses it before, with the member's name.
    private static Problem tooLong(Throwable e) {
        LOG.warn("A text was longer than its column: {}", e.toString());
        return Problem.of(
                422,
                "TEXT_TOO_LONG",
                "A text is too long",
                "One of the texts of the request is longer than the server can keep; shorten it.");
    }

    private static boolean isTooLong(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof SQLException sql && "22001".equals(sql.getSQLState())) {
                return true;
            }
        }
        return false;
    }

    private static String code(IllegalArgumentException e) {
        return switch (e) {
            case BadFrames frames -> "BAD_FRAMES";
            case UnusablePath path -> "UNUSABLE_PATH";
            default -> "BAD_REQUEST";
        };
    }

    private static String text(Throwable e) {
        return e.getMessage() == null ? "The request does not fit." : e.getMessage();
    }
}
