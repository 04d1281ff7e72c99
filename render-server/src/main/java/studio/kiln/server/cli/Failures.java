package studio.kiln.server.cli;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Problem;
import studio.kiln.core.api.Unreachable;
import studio.kiln.core.asset.Disk;
import studio.kiln.core.asset.UnusablePath;
import studio.kiln.core.plan.BadFrames;

/** Turns whatever went wrong into one sentence for a person and an exit code. */
public final class Failures {
    /** Problems that say that no engine here can do it at all, whatever the input. */
    private static final Set<String> NOTHING_RENDERS = Set.of("NO_ENGINE", "NO_NODE", "GPU_UNAVAILABLE");

    private Failures() {}

    /** The failure itself when it is one already. */
    public static CliFailure of(Throwable thrown) {
        return switch (thrown) {
            case CliFailure failure -> failure;
            case UnusablePath e -> new CliFailure(ExitCode.UNUSABLE, "UNUSABLE_FILE", sentence(e), e);
            case BadFrames e -> new CliFailure(ExitCode.UNUSABLE, "BAD_FRAMES", sentence(e), e);
            case ApiException e -> ofProblem(e);
            case Unreachable e -> new CliFailure(ExitCode.NOTHING_RENDERS, "SERVER_UNREACHABLE", sentence(e), e);
            case UncheckedIOException e -> e.getCause() == null ? ofIo(new IOException(e)) : ofIo(e.getCause());
            case IOException e -> ofIo(e);
            default ->
                new CliFailure(
                        ExitCode.FAILED,
                        "UNEXPECTED",
                        "Something inside Kiln went wrong that should not (" + thrown
                                + "). Run the command again with --debug and report what it prints.",
                        thrown);
        };
    }

    private static CliFailure ofProblem(ApiException e) {
        Problem problem = e.problem();
        int exit = NOTHING_RENDERS.contains(problem.code())
                ? ExitCode.NOTHING_RENDERS
                : problem.status() >= 400 && problem.status() < 500 ? ExitCode.UNUSABLE : ExitCode.FAILED;
        return new CliFailure(exit, problem.code(), sentence(e), e);
    }

    private static CliFailure ofIo(IOException e) {
        if (Disk.isFull(e)) {
            return new CliFailure(
                    ExitCode.FAILED,
                    "DISK_FULL",
                    "The disk is full" + place(e) + ". Free some space, or choose another folder with -o.",
                    e);
        }
        return switch (e) {
            case NoSuchFileException missing ->
                new CliFailure(
                        ExitCode.UNUSABLE,
                        "FILE_MISSING",
                        "There is no file '" + missing.getFile() + "'; check the path.",
                        e);
            case FileNotFoundException missing ->
                new CliFailure(ExitCode.UNUSABLE, "FILE_MISSING", "No such file: " + missing.getMessage() + ".", e);
            case AccessDeniedException denied ->
                new CliFailure(
                        ExitCode.UNUSABLE,
                        "NO_PERMISSION",
                        "There is no permission for '" + denied.getFile()
                                + "'; change its permissions or choose another place.",
                        e);
            default -> new CliFailure(ExitCode.FAILED, "IO", sentence(e), e);
        };
    }

    /** A file or folder that was to be made could not be. */
    public static CliFailure cannotMake(Path wanted, IOException e) {
        if (Disk.isFull(e)) {
            return ofIo(e);
        }
        Path folder = wanted.toAbsolutePath().getParent();
        String why = switch (e) {
            case AccessDeniedException denied -> "there is no permission for it";
            case NoSuchFileException none
            when folder != null && !Files.isDirectory(folder) -> "there is no folder '" + folder + "'";
            case NoSuchFileException none -> "the system lets nothing be made there";
            case FileSystemException at when at.getReason() != null -> at.getReason();
            default -> sentence(e);
        };
        return new CliFailure(
                ExitCode.UNUSABLE,
                "BAD_FOLDER",
                "'" + wanted + "' cannot be made: " + why + ". Choose another place with -o.",
                e);
    }

    private static String place(IOException e) {
        return e instanceof FileSystemException at && at.getFile() != null ? " (" + at.getFile() + ")" : "";
    }

    private static String sentence(Throwable e) {
        String message = e.getMessage();
        return message == null || message.isBlank() ? e.getClass().getSimpleName() : message.strip();
    }
}
