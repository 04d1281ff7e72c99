package studio.kiln.core.access;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** Who asks. */
public sealed interface Caller {
    /** As owner of what is made, in timelines and in the audit log. */
    String name();

    Set<Permission> permissions();

    default boolean may(Permission permission) {
        return permissions().contains(permission);
    }

    /** Somebody who need not say who they are. */
    record Nobody() implements Caller {
        @Override
        public String name() {
            return "";
        }

        @Override
        public Set<Permission> permissions() {
            return Set.of(Permission.PUBLIC);
        }
    }

    /** The person whose machine this is; in offline mode there is nobody else. */
    record LocalUser(String name) implements Caller {
        private static final Set<Permission> ALL =
                Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(Permission.NODE)));

        @Override
        public Set<Permission> permissions() {
            return ALL;
        }
    }

    /**
     * Whoever can read the data folder of a server with accounts: may see that it runs, and end it. Programs that run
     * there, Blender among them, may be able to read that folder too; so this is nobody's way to anybody's things.
     */
    record Console() implements Caller {
        private static final Set<Permission> FEW =
                Collections.unmodifiableSet(EnumSet.of(Permission.READ, Permission.SHUT_DOWN));

        @Override
        public String name() {
            return "console";
        }

        @Override
        public Set<Permission> permissions() {
            return FEW;
        }
    }

    /**
     * A person with an account.
     *
     * @param id of the account
     * @param name that owns what they make; never changes and is never given to another
     * @param groups ids of the groups that they are in
     * @param credential what they came with
     */
    record Person(String id, String name, Role role, Set<String> groups, Credential credential) implements Caller {
        public Person {
            groups = Set.copyOf(groups);
        }

        @Override
        public Set<Permission> permissions() {
            return role.permissions();
        }
    }

    /**
     * A machine that renders. It speaks about itself and the work that it was given, and about nothing else.
     *
     * @param id under which the server knows it
     * @param name for people
     */
    record Node(String id, String name) implements Caller {
        @Override
        public Set<Permission> permissions() {
            return Set.of(Permission.NODE);
        }
    }

    /**
     * What a person showed.
     *
     * @param id of the row; never the secret
     * @param session whether it came from signing in with a password, not from a token made for a program
     */
    record Credential(String id, boolean session) {}
}
