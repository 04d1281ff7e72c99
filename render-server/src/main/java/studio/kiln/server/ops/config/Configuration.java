package studio.kiln.server.ops.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import studio.kiln.server.ops.Entrance;
import studio.kiln.server.ops.ServerConfig;
import studio.kiln.server.ops.SharedServices;
import studio.kiln.server.persistence.DatabaseSettings;
import studio.kiln.server.storage.StoreSettings;

/**
 * The configuration of a server as it was found: a file, and the variables of the environment, which go before it.
 *
 * @param file that was read, or null
 * @param variables the environment with what the file adds; it holds secrets
 * @param places where each was set, by the name of its variable
 */
public record Configuration(@Nullable Path file, Map<String, String> variables, Map<String, String> places) {
    private static final String USUAL = "kiln.yaml";
    private static final Pattern VARIABLE = Pattern.compile("KILN_[A-Z0-9_]+");

    public Configuration {
        variables = Map.copyOf(variables);
        places = Map.copyOf(places);
    }

    /** Never shows a value. */
    @Override
    public String toString() {
        return "Configuration of " + file;
    }

    /**
     * Reads the file that was named, else the one that {@code KILN_CONFIG} names, else {@code kiln.yaml} in the data folder
     * when it is there; then looks at everything.
     *
     * @throws BadConfiguration with all mistakes
     */
    public static ServerConfig server(@Nullable Path named, Map<String, String> environment) {
        return read(named, environment).server();
    }

    /**
     * As {@link #server(Path, Map)}, without putting the values together.
     *
     * @throws BadConfiguration with all mistakes of single values
     */
    public static Configuration read(@Nullable Path named, Map<String, String> environment) {
        Path file = file(named, environment).orElse(null);
        List<Mistake> mistakes = new ArrayList<>();
        Map<String, String> variables = new HashMap<>(environment);
        Map<String, String> places = new HashMap<>();
        Map<String, YamlFile.Entry> entries = Map.of();
        if (file != null) {
            YamlFile yaml = YamlFile.read(file);
            mistakes.addAll(yaml.mistakes());
            entries = yaml.entries();
        }
        for (Key key : Key.values()) {
            Value value = value(key, entries, environment, file, mistakes);
            variables.remove(key.variable());
            if (value == null) {
                continue;
            }
            places.put(key.variable(), value.place);
            String wrong = key.kind().wrong(value.text);
            if (wrong == null) {
                variables.put(key.variable(), key.kind().plain(value.text));
            } else {
                mistakes.add(new Mistake(
                        value.place,
                        "'" + key.path() + "' is " + wrong
                                + (key.isSecret() || key.kind() instanceof Kind.Address
                                        ? "."
                                        : ", not '" + value.text + "'.")));
            }
        }
        mistakes.addAll(misspelt(environment));
        if (!mistakes.isEmpty()) {
            throw new BadConfiguration(mistakes);
        }
        return new Configuration(file, variables, places);
    }

    /**
     * The values put together.
     *
     * @throws BadConfiguration with what does not go together
     */
    public ServerConfig server() {
        List<Mistake> mistakes = new ArrayList<>();
        tried(() -> Entrance.of(variables), mistakes);
        tried(() -> SharedServices.of(variables), mistakes);
        tried(() -> DatabaseSettings.of(variables), mistakes);
        tried(() -> StoreSettings.of(variables), mistakes);
        if (mistakes.isEmpty()) {
            ServerConfig config = tried(() -> ServerConfig.of(variables), mistakes);
            if (config != null) {
                return config;
            }
        }
        throw new BadConfiguration(mistakes);
    }

    private <T> @Nullable T tried(Supplier<T> part, List<Mistake> mistakes) {
        try {
            return part.get();
        } catch (IllegalArgumentException e) {
            String sentence = String.valueOf(e.getMessage());
            mistakes.add(new Mistake(place(sentence), sentence));
            return null;
        }
    }

    /** Where the first variable stands that a sentence names. */
    private String place(String sentence) {
        return VARIABLE.matcher(sentence)
                .results()
                .map(found -> places.get(found.group()))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(file == null ? "environment" : file.toString());
    }

    private static Optional<Path> file(@Nullable Path named, Map<String, String> environment) {
        if (named != null) {
            return Optional.of(named);
        }
        String variable = environment.getOrDefault("KILN_CONFIG", "").strip();
        if (!variable.isEmpty()) {
            return Optional.of(Path.of(variable));
        }
        return Optional.of(ServerConfig.home(environment).resolve(USUAL)).filter(Files::exists);
    }

    /** @param place where it stands */
    private record Value(String text, String place) {}

    private static @Nullable Value value(
            Key key,
            Map<String, YamlFile.Entry> entries,
            Map<String, String> environment,
            @Nullable Path file,
            List<Mistake> mistakes) {
        Value fromVariable = one(
                key,
                variable(environment, key.path()),
                variable(environment, key.path() + Key.FILE),
                Path.of(""),
                mistakes);
        if (fromVariable != null || file == null) {
            return fromVariable;
        }
        Path beside = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of("/"));
        Value found = one(key, entry(entries, key.path()), entry(entries, key.path() + Key.FILE), beside, mistakes);
        return found != null && key.kind() instanceof Kind.Folder
                ? new Value(beside.resolve(found.text).normalize().toString(), found.place)
                : found;
    }

    /** The value itself, or what the file holds that is named instead. */
    private static @Nullable Value one(
            Key key, @Nullable Value plain, @Nullable Value inFile, Path beside, List<Mistake> mistakes) {
        if (!key.isSecret() || inFile == null) {
            return plain;
        }
        if (plain != null) {
            mistakes.add(new Mistake(
                    inFile.place, "'" + key.path() + "' and '" + key.path() + Key.FILE + "' are both set; keep one."));
            return null;
        }
        try {
            return new Value(Files.readString(beside.resolve(inFile.text)).strip(), inFile.place);
        } catch (IOException e) {
            mistakes.add(new Mistake(
                    inFile.place,
                    "'" + key.path() + Key.FILE + "' names '" + inFile.text
                            + "', which cannot be read; see that it is there and that Kiln's user may read it."));
            return null;
        }
    }

    private static @Nullable Value variable(Map<String, String> environment, String path) {
        String name = Key.variable(path);
        String text = environment.getOrDefault(name, "").strip();
        return text.isEmpty() ? null : new Value(text, name);
    }

    private static @Nullable Value entry(Map<String, YamlFile.Entry> entries, String path) {
        YamlFile.Entry entry = entries.get(path);
        return entry == null ? null : new Value(entry.value(), entry.place());
    }

    // Other programs of Kiln have variables of their own; only a group's name makes clear that a server was meant.
    private static List<Mistake> misspelt(Map<String, String> environment) {
        List<String> known = Key.paths().stream().map(Key::variable).toList();
        List<Mistake> mistakes = new ArrayList<>();
        for (String name : new TreeSet<>(environment.keySet())) {
            boolean ours = Key.groups().stream().anyMatch(group -> name.startsWith(Key.variable(group) + "_"));
            if (ours && !known.contains(name)) {
                String like = Spelling.nearest(name, known);
                mistakes.add(new Mistake(
                        name,
                        "There is no such variable; "
                                + (like == null ? "leave it away." : "did you mean " + like + "?")));
            }
        }
        return mistakes;
    }
}
