package studio.kiln.server.node;

import com.fasterxml.jackson.annotation.JsonCreator;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.blender.SessionCodec;
import studio.kiln.server.backend.Folders;
import tools.jackson.core.JacksonException;

/**
 * What a server has not taken yet: a folder for each attempt with its verified pictures and, once the server did not answer,
 * the messages about them. Outlives the node. Safe for any thread, with one writer for each attempt.
 */
final class Outbox {
    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);
    private static final String MESSAGES = "messages.json";

    private final Path root;

    record Content(List<Message> messages) {
        @JsonCreator
        Content {
            messages = List.copyOf(messages);
        }
    }

    Outbox(Path root) {
        this.root = root;
    }

    /** The folder of the attempt, which is made if need be. */
    Path folder(String attempt) throws IOException {
        return Files.createDirectories(place(attempt));
    }

    // Ids come from a server: whatever they hold, they name one folder in here.
    private Path place(String attempt) {
        if (!attempt.matches("[A-Za-z0-9_-]{1,80}")) {
            throw new IllegalArgumentException("Not the id of an attempt: " + attempt);
        }
        return root.resolve(attempt);
    }

    void save(String attempt, List<Message> messages) throws IOException {
        Path folder = folder(attempt);
        Path fresh = folder.resolve(MESSAGES + ".new");
        Files.writeString(fresh, SessionCodec.store(new Content(messages)));
        Files.move(
                fresh, folder.resolve(MESSAGES), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    void remove(String attempt) {
        Folders.deleteQuietly(place(attempt));
    }

    /** What an earlier run of the node left; pictures without messages were never promised and are removed. */
    Map<String, List<Message>> load() {
        Map<String, List<Message>> all = new LinkedHashMap<>();
        if (!Files.isDirectory(root)) {
            return all;
        }
        try (DirectoryStream<Path> attempts = Files.newDirectoryStream(root)) {
            for (Path attempt : attempts) {
                Path messages = attempt.resolve(MESSAGES);
                try {
                    all.put(
                            attempt.getFileName().toString(),
                            SessionCodec.load(Files.readString(messages), Content.class)
                                    .messages());
                } catch (IOException | JacksonException e) {
                    LOG.debug("{} holds nothing to deliver", attempt, e);
                    Folders.deleteQuietly(attempt);
                }
            }
        } catch (IOException e) {
            LOG.warn("What was held for the server cannot be read: {}", e.getMessage());
        }
        return all;
    }
}
