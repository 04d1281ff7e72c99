package studio.kiln.server.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** All routes of a server, and which of them a request means. Immutable. */
public final class RouteTable {
    private final List<Route> routes;

    /**
     * @throws IllegalStateException when a route names no permission, does not say what a parameter of its path names, or two
     *     routes are the same
     */
    public RouteTable(List<Route> routes) {
        Set<String> seen = new HashSet<>();
        for (Route route : routes) {
            if (route.permission() == null) {
                throw new IllegalStateException(
                        "The route " + route.method() + " " + route.path() + " names no permission");
            }
            for (String parameter : parametersOf(route.path())) {
                boolean target =
                        route.targets().stream().anyMatch(t -> t.parameter().equals(parameter));
                if (target == route.free().contains(parameter)) {
                    throw new IllegalStateException(
                            "The route " + route.method() + " " + route.path() + " does not say whose thing {"
                                    + parameter + "} names (on), or that nobody owns it (free)");
                }
            }
            if (!seen.add(route.method() + " " + route.path().replaceAll("\\{[^}]*}", "{}"))) {
                throw new IllegalStateException("The route " + route.method() + " " + route.path() + " is there twice");
            }
        }
        this.routes = List.copyOf(routes);
    }

    public List<Route> routes() {
        return routes;
    }

    /** @param path decoded, as it came; a slash at its end makes another path of it */
    public Match find(String method, String path) {
        String[] parts = path.split("/", -1);
        Set<String> allowed = new TreeSet<>();
        List<Found> found = new ArrayList<>();
        for (Route route : routes) {
            Optional<Map<String, String>> parameters = match(route.path().split("/", -1), parts);
            if (parameters.isEmpty()) {
                continue;
            }
            allowed.add(route.method());
            if (route.method().equals(method)) {
                found.add(new Found(route, parameters.get()));
            }
        }
        // words go before parameters: /api/tasks/preview is not a task named "preview"
        return found.stream()
                .min((a, b) -> Integer.compare(a.parameters.size(), b.parameters.size()))
                .<Match>map(f -> f)
                .orElseGet(() -> otherwise(method, path, allowed));
    }

    private Match otherwise(String method, String path, Set<String> allowed) {
        if (allowed.isEmpty()) {
            return new NoSuchPath();
        }
        if (method.equals("HEAD") && allowed.contains("GET")) {
            return find("GET", path);
        }
        if (allowed.contains("GET")) {
            allowed.add("HEAD");
        }
        return new NoSuchMethod(allowed);
    }

    private static Optional<Map<String, String>> match(String[] template, String[] parts) {
        if (template.length != parts.length) {
            return Optional.empty();
        }
        Map<String, String> parameters = new HashMap<>();
        for (int i = 0; i < parts.length; i++) {
            String wanted = template[i];
            if (wanted.startsWith("{")) {
                if (parts[i].isEmpty()) {
                    return Optional.empty();
                }
                parameters.put(wanted.substring(1, wanted.length() - 1), parts[i]);
            } else if (!wanted.equals(parts[i])) {
                return Optional.empty();
            }
        }
        return Optional.of(parameters);
    }

    /** Names of the parameters in a path. */
    static List<String> parametersOf(String path) {
        return Arrays.stream(path.split("/"))
                .filter(part -> part.startsWith("{"))
                .map(part -> part.substring(1, part.length() - 1))
                .toList();
    }

    /** What a request means. */
    public sealed interface Match {}

    /** A route, with the values of its path parameters. */
    public record Found(Route route, Map<String, String> parameters) implements Match {}

    public record NoSuchPath() implements Match {}

    /** @param allowed methods that the path has */
    public record NoSuchMethod(Set<String> allowed) implements Match {}
}
