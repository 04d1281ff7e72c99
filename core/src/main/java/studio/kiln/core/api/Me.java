package studio.kiln.core.api;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Permission;
import studio.kiln.core.access.Role;

/**
 * Who the caller is.
 *
 * @param role null where there are no accounts
 * @param groups names of the groups that they are in
 * @param mostPriority the highest priority that they may give a task, 0..100
 */
public record Me(
        String name,
        String displayName,
        @Nullable Role role,
        Set<Permission> permissions,
        List<String> groups,
        int mostPriority) {}
