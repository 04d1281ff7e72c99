package studio.kiln.server.http;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Problem;

/** Finds members of a request that must be there and are not: those whose record component is not {@code @Nullable}. */
final class RequiredMembers {
    private RequiredMembers() {}

    /** @throws ApiException 422 that names them */
    static void check(Object value) {
        List<String> missing = new ArrayList<>();
        collect(value, "", missing);
        if (!missing.isEmpty()) {
            throw new ApiException(new Problem(
                    "about:blank",
                    "Something is missing in the request",
                    422,
                    "The request must have " + String.join(", ", missing) + ".",
                    "MEMBER_MISSING",
                    missing));
        }
    }

    private static void collect(Object value, String at, List<String> missing) {
        if (value instanceof Collection<?> items) {
            int i = 0;
            for (Object item : items) {
                if (item == null) {
                    missing.add(at + "[" + i + "]");
                } else {
                    collect(item, at + "[" + i + "]", missing);
                }
                i++;
            }
        }
        if (!(value instanceof Record)) {
            return;
        }
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            String name = at.isEmpty() ? component.getName() : at + "." + component.getName();
            Object member = read(component, value);
            if (member != null) {
                collect(member, name, missing);
            } else if (!isNullable(component)) {
                missing.add(name);
            }
        }
    }

    static boolean isNullable(RecordComponent component) {
        return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    static @Nullable Object read(RecordComponent component, Object value) {
        try {
            return component.getAccessor().invoke(value);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("The record " + value.getClass() + " cannot be read", e);
        }
    }
}
