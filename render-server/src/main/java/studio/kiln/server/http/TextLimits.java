package studio.kiln.server.http;

import io.undertow.server.HttpServerExchange;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.EngineAdd;
import studio.kiln.core.api.Problem;
import studio.kiln.core.api.Requeue;
import studio.kiln.core.api.TaskRequest;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ManifestFile;
import studio.kiln.server.node.NodeProtocol;

/**
 * What the texts of a request may be: not too long for the column that keeps them, and without signs that no text has (control
 * characters but tab and line end, and halves of a surrogate pair, which no answer could give back). Every text has the limit {@link #TEXT}
 * that has no other one here. What nodes send is of machines: it is cut where it is stored.
 */
final class TextLimits {
    /** Characters of a text, when nothing else is said: the width of the columns for names. */
    static final int TEXT = 200;

    /** Characters of a query parameter or header, when nothing else is said: none of them is stored. */
    static final int PARAMETER = 4000;

    private static final int FRAMES = 4000;
    private static final int VERSION = 32;
    private static final int FILE = 4096;

    private static final Map<Class<?>, Map<String, Integer>> OTHER = Map.of(
            TaskRequest.class, Map.of("frames", FRAMES, "blender", VERSION),
            Requeue.class, Map.of("frames", FRAMES),
            EngineAdd.class, Map.of("path", FILE),
            Manifest.class, Map.of("root", FILE),
            ManifestFile.class, Map.of("path", FILE));

    private TextLimits() {}

    /** @throws ApiException 422 that names the members whose texts are too long */
    static void check(Object value) {
        if (value.getClass().getEnclosingClass() == NodeProtocol.class) {
            return;
        }
        List<String> fields = new ArrayList<>();
        List<String> words = new ArrayList<>();
        collect(value, "", TEXT, fields, words);
        refuse("A text of the request cannot be kept", fields, words);
    }

    /** @throws ApiException 422 that names the parameters that are too long */
    static void checkParameters(HttpServerExchange exchange, List<Route.Parameter> parameters) {
        List<String> fields = new ArrayList<>();
        List<String> words = new ArrayList<>();
        for (Route.Parameter parameter : parameters) {
            Deque<String> query = exchange.getQueryParameters().get(parameter.name());
            String text = parameter.in().equals("header")
                    ? exchange.getRequestHeaders().getFirst(parameter.name())
                    : query == null ? null : query.peekFirst();
            measure(text, parameter.name(), parameter.most(), fields, words);
        }
        refuse("A parameter cannot be used", fields, words);
    }

    private static void refuse(String title, List<String> fields, List<String> words) {
        if (!fields.isEmpty()) {
            throw new ApiException(
                    new Problem("about:blank", title, 422, String.join(" ", words), code(words), fields));
        }
    }

    private static String code(List<String> words) {
        return words.stream().anyMatch(word -> word.contains("at most")) ? "TEXT_TOO_LONG" : "BAD_TEXT";
    }

    private static void collect(@Nullable Object value, String at, int most, List<String> fields, List<String> words) {
        switch (value) {
            case String text -> measure(text, at, most, fields, words);
            case Collection<?> items -> {
                int i = 0;
                for (Object item : items) {
                    collect(item, at + "[" + i++ + "]", most, fields, words);
                }
            }
            case Record members -> {
                Map<String, Integer> other = OTHER.getOrDefault(members.getClass(), Map.of());
                for (RecordComponent component : members.getClass().getRecordComponents()) {
                    String name = component.getName();
                    collect(
                            RequiredMembers.read(component, members),
                            at.isEmpty() ? name : at + "." + name,
                            other.getOrDefault(name, TEXT),
                            fields,
                            words);
                }
            }
            case null, default -> {
                // Numbers, words of a list, and maps, which go into texts of any length.
            }
        }
    }

    private static void measure(@Nullable String text, String name, int most, List<String> fields, List<String> words) {
        if (text != null && text.length() > most) {
            fields.add(name);
            words.add("'" + name + "' may have at most " + most + " characters, and this one has " + text.length()
                    + "; shorten it.");
        } else if (text != null && text.codePoints().anyMatch(TextLimits::isNoSign)) {
            fields.add(name);
            words.add("'" + name + "' has a control character or half a character in it; leave it out.");
        }
    }

    private static boolean isNoSign(int sign) {
        return Character.getType(sign) == Character.SURROGATE
                || (Character.isISOControl(sign) && sign != '\t' && sign != '\n' && sign != '\r');
    }
}
