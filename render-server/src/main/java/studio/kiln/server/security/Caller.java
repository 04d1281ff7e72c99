package studio.kiln.server.security;

import java.util.EnumSet;
import java.util.Set;
import studio.kiln.core.access.Permission;

/**
 * Who asks.
 *
 * @param name as owner of what is made, and in timelines
 */
public record Caller(String name, Set<Permission> permissions) {
    /** Somebody who need not say who they are. */
    public static final Caller ANYBODY = new Caller("", Set.of(Permission.PUBLIC));

    public Caller {
        permissions = Set.copyOf(permissions);
    }

    /** The person whose machine this is. */
    public static Caller localUser(String name) {
        return new Caller(name, EnumSet.allOf(Permission.class));
    }

    public boolean may(Permission permission) {
        return permissions.contains(permission);
    }
}
