package studio.kiln.desktop.shell;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Unreachable;

/** Turns exceptions into sentences. */
final class Problems {
    private Problems() {}

    static Problem of(Throwable error) {
        return switch (error) {
            case ApiException api -> ofApi(api);
            case Unreachable unreachable ->
                new Problem(
                        Texts.get("problem.unreachable"),
                        null,
                        Texts.get("problem.unreachable.remedy"),
                        Problem.trace(unreachable));
            case NoSuchFileException missing -> file("problem.missing", missing.getFile(), error);
            case FileNotFoundException missing -> file("problem.missing", missing.getMessage(), error);
            case AccessDeniedException denied -> file("problem.denied", denied.getFile(), error);
            case FileSystemException system ->
                new Problem(
                        Texts.get("problem.file", nameOf(system.getFile())),
                        system.getReason(),
                        Texts.get("problem.file.remedy"),
                        Problem.trace(error));
            case IOException io ->
                new Problem(
                        Texts.get("problem.io"),
                        io.getMessage(),
                        Texts.get("problem.file.remedy"),
                        Problem.trace(error));
            case IllegalArgumentException wrong
            when wrong.getMessage() != null ->
                // the domain's own refusals are sentences for a person
                new Problem(wrong.getMessage(), null, null, Problem.trace(error));
            default ->
                new Problem(
                        Texts.get("problem.unexpected"),
                        String.valueOf(error.getMessage()),
                        Texts.get("problem.unexpected.remedy"),
                        Problem.trace(error));
        };
    }

    private static Problem ofApi(ApiException api) {
        String title = api.problem().title();
        String detail = api.problem().detail();
        String details = api.problem().code() + " (" + api.status() + ")";
        if (detail == null || detail.equals(title)) {
            return new Problem(sentence(title), null, null, details);
        }
        return new Problem(sentence(title), detail, null, details);
    }

    private static Problem file(String key, @Nullable String name, Throwable error) {
        return new Problem(Texts.get(key, nameOf(name)), null, Texts.get(key + ".remedy"), Problem.trace(error));
    }

    private static String nameOf(@Nullable String path) {
        return path == null ? "" : path;
    }

    private static String sentence(String text) {
        return text.isEmpty() || ".!?\u2026".indexOf(text.charAt(text.length() - 1)) >= 0 ? text : text + ".";
    }
}
