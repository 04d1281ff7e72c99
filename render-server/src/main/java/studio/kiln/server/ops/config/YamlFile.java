package studio.kiln.server.ops.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads a file with keys, at most one group deep, and remembers where each stands. */
final class YamlFile {
    private static final LoadSettings SETTINGS =
            LoadSettings.builder().setLabel("configuration").build();

    private final Path file;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final List<Mistake> mistakes = new ArrayList<>();

    /** @param place file, line and column */
    record Entry(String value, String place) {}

    private YamlFile(Path file) {
        this.file = file;
    }

    static YamlFile read(Path file) {
        YamlFile read = new YamlFile(file);
        try {
            new Compose(SETTINGS).composeString(Files.readString(file)).ifPresent(read::root);
        } catch (NoSuchFileException e) {
            read.mistakes.add(new Mistake(file.toString(), "There is no such file; name another with --config."));
        } catch (IOException e) {
            read.mistakes.add(new Mistake(file.toString(), "It cannot be read (" + e.getMessage() + ")."));
        } catch (MarkedYamlEngineException e) {
            // The library's own message shows the line, which may hold a password.
            read.mistakes.add(new Mistake(read.place(e.getProblemMark()), "This is no YAML: " + e.getProblem() + "."));
        } catch (YamlEngineException e) {
            read.mistakes.add(new Mistake(file.toString(), "This is no YAML; one key has one line, as 'port: 3000'."));
        }
        return read;
    }

    Map<String, Entry> entries() {
        return entries;
    }

    List<Mistake> mistakes() {
        return mistakes;
    }

    private void root(Node node) {
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                top(tuple);
            }
        } else if (!isNothing(node)) {
            wrong(node, "The file holds keys with values, one a line, as 'mode: studio'.");
        }
    }

    private void top(NodeTuple tuple) {
        String name = name(tuple.getKeyNode());
        if (!Key.groups().contains(name)) {
            entry(name, tuple);
        } else if (tuple.getValueNode() instanceof MappingNode group) {
            for (NodeTuple inner : group.getValue()) {
                entry(name + "." + name(inner.getKeyNode()), inner);
            }
        } else if (!isNothing(tuple.getValueNode())) {
            wrong(
                    tuple.getKeyNode(),
                    "'" + name + "' is a group of keys; write each below it on a line of its own, moved in.");
        }
    }

    private void entry(String path, NodeTuple tuple) {
        Node at = tuple.getKeyNode();
        if (!Key.paths().contains(path)) {
            String like = Spelling.nearest(
                    path,
                    Stream.concat(Key.paths().stream(), Key.groups().stream()).toList());
            wrong(
                    at,
                    "There is no key '" + path + "'" + (like == null ? "" : "; did you mean '" + like + "'?")
                            + (like == null ? "; docs/studio-mode.md names them all." : ""));
            return;
        }
        String value = text(path, tuple.getValueNode());
        if (value == null || value.isEmpty()) {
            return;
        }
        if (entries.containsKey(path)) {
            wrong(at, "'" + path + "' stands here a second time; keep one of them.");
            return;
        }
        entries.put(path, new Entry(value, place(tuple.getValueNode().getStartMark())));
    }

    private @org.jspecify.annotations.Nullable String text(String path, Node node) {
        if (isNothing(node)) {
            return null;
        }
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue().strip();
        }
        boolean many =
                Key.of(path).filter(key -> key.kind() instanceof Kind.Words).isPresent();
        if (many
                && node instanceof SequenceNode list
                && list.getValue().stream().allMatch(ScalarNode.class::isInstance)) {
            return String.join(
                    ",",
                    list.getValue().stream()
                            .map(item -> ((ScalarNode) item).getValue())
                            .toList());
        }
        wrong(node, "'" + path + "' takes " + (many ? "a list of words." : "one value."));
        return null;
    }

    private static boolean isNothing(Node node) {
        return node instanceof ScalarNode scalar
                && scalar.isPlain()
                && (scalar.getValue().isEmpty()
                        || scalar.getValue().equals("null")
                        || scalar.getValue().equals("~"));
    }

    private static String name(Node node) {
        return node instanceof ScalarNode scalar ? scalar.getValue() : "?";
    }

    private void wrong(Node node, String sentence) {
        mistakes.add(new Mistake(place(node.getStartMark()), sentence));
    }

    private String place(Optional<Mark> mark) {
        return mark.map(m -> file + ":" + (m.getLine() + 1) + ":" + (m.getColumn() + 1))
                .orElse(file.toString());
    }
}
