package studio.kiln.server.security;

import java.util.ArrayList;
import java.util.List;
import org.hibernate.query.SelectionQuery;
import studio.kiln.core.access.Caller;
import studio.kiln.core.access.Policy;
import studio.kiln.core.access.Thing;

/**
 * What somebody sees in lists, searches and counts: the condition of a query that lets through what {@link Policy} lets them
 * read. Immutable.
 */
public sealed interface Sight {
    /** Of everything. */
    Sight ALL = new All();

    /** What {@code caller} sees. */
    static Sight of(Policy policy, Caller caller) {
        if (policy.readsEverything(caller)) {
            return ALL;
        }
        return switch (caller) {
            case Caller.Person person -> {
                List<String> grantees = new ArrayList<>(person.groups());
                grantees.add(person.id());
                yield new Own(person.name(), List.copyOf(grantees));
            }
            case Caller.Console console -> new Nothing();
            case Caller.Node node -> new Nothing();
            case Caller.Nobody nobody -> new Nothing();
            case Caller.LocalUser user -> ALL;
        };
    }

    /**
     * A condition in HQL.
     *
     * @param kind of the rows
     * @param row alias of a row of that kind
     */
    String where(Thing.Kind kind, String row);

    /** Sets the parameters of the condition. */
    <T> SelectionQuery<T> bind(SelectionQuery<T> query);

    /** No condition. */
    record All() implements Sight {
        @Override
        public String where(Thing.Kind kind, String row) {
            return "1 = 1";
        }

        @Override
        public <T> SelectionQuery<T> bind(SelectionQuery<T> query) {
            return query;
        }
    }

    /** Nothing passes. */
    record Nothing() implements Sight {
        @Override
        public String where(Thing.Kind kind, String row) {
            return "1 = 0";
        }

        @Override
        public <T> SelectionQuery<T> bind(SelectionQuery<T> query) {
            return query;
        }
    }

    /**
     * One's own, and what is shared.
     *
     * @param grantees ids of the account and its groups
     */
    record Own(String name, List<String> grantees) implements Sight {
        @Override
        public String where(Thing.Kind kind, String row) {
            String own = row + ".owner = :seer or " + row + ".id in (select s.subject from ShareRow s where s.kind = "
                    + literal(kind) + " and s.grantee in :grantees)";
            if (kind == Thing.Kind.PROJECT) {
                return "(" + own + ")";
            }
            return "(" + own + " or " + row + ".project in (select s.subject from ShareRow s where s.kind = "
                    + literal(Thing.Kind.PROJECT) + " and s.grantee in :grantees) or " + row
                    + ".project in (select p.id from ProjectRow p where p.owner = :seer))";
        }

        private static String literal(Thing.Kind kind) {
            return "studio.kiln.core.access.Thing$Kind." + kind.name();
        }

        @Override
        public <T> SelectionQuery<T> bind(SelectionQuery<T> query) {
            return query.setParameter("seer", name).setParameterList("grantees", grantees);
        }
    }
}
