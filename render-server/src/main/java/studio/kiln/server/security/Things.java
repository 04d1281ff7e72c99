package studio.kiln.server.security;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Access;
import studio.kiln.core.access.Caller;
import studio.kiln.core.access.Thing;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.ModelRow;
import studio.kiln.server.persistence.ModelVersionRow;
import studio.kiln.server.persistence.ProjectRow;
import studio.kiln.server.persistence.ResultRow;

/** Finds what a name means, whose that is, and what shares of it give somebody. */
final class Things {
    private Things() {}

    /** Something that was found. */
    record Found(String id, Thing thing) {}

    /** Empty when there is no such thing. A model that was deleted is found still: events tell of it. */
    static Optional<Found> find(StatelessSession tx, Caller caller, Subject subject, String name) {
        return switch (subject) {
            case PROJECT -> project(tx, caller, name);
            case MODEL -> model(tx, caller, name);
            case VERSION -> {
                ModelVersionRow row = get(tx, ModelVersionRow.class, name);
                yield row == null ? Optional.empty() : model(tx, caller, row.model);
            }
            case TASK -> task(tx, caller, name);
            case RESULT -> {
                ResultRow row = get(tx, ResultRow.class, name);
                yield row == null ? Optional.empty() : task(tx, caller, row.task);
            }
        };
    }

    private static Optional<Found> project(StatelessSession tx, Caller caller, String id) {
        ProjectRow row = get(tx, ProjectRow.class, id);
        return row == null
                ? Optional.empty()
                : Optional.of(new Found(
                        row.id,
                        new Thing(
                                Thing.Kind.PROJECT,
                                row.name,
                                row.owner,
                                row.owner,
                                shared(tx, caller, List.of(row.id)))));
    }

    private static Optional<Found> model(StatelessSession tx, Caller caller, String id) {
        ModelRow row = get(tx, ModelRow.class, id);
        return row == null
                ? Optional.empty()
                : Optional.of(found(tx, caller, Thing.Kind.MODEL, row.id, row.name, row.owner, row.project));
    }

    private static Optional<Found> task(StatelessSession tx, Caller caller, String name) {
        boolean id = Ids.isId(name);
        if (!id && !name.matches("\\d{1,15}")) {
            return Optional.empty();
        }
        // not the whole row: it is large, and this is asked with every status
        return tx.createSelectionQuery(
                        "select id, number, owner, project from TaskRow where " + (id ? "id" : "number") + " = :name",
                        Object[].class)
                .setParameter("name", id ? name : (Object) Long.valueOf(name))
                .uniqueResultOptional()
                .map(row -> found(
                        tx, caller, Thing.Kind.TASK, (String) row[0], String.valueOf(row[1]), (String) row[2], (String)
                                row[3]));
    }

    private static Found found(
            StatelessSession tx,
            Caller caller,
            Thing.Kind kind,
            String id,
            String name,
            String owner,
            String projectId) {
        ProjectRow project = get(tx, ProjectRow.class, projectId);
        return new Found(
                id,
                new Thing(
                        kind,
                        name,
                        owner,
                        project == null ? owner : project.owner,
                        shared(tx, caller, List.of(id, projectId))));
    }

    // Ids are not given twice, so that the kind need not be asked for.
    private static Access shared(StatelessSession tx, Caller caller, List<String> subjects) {
        if (!(caller instanceof Caller.Person person)) {
            return Access.NONE;
        }
        List<String> grantees = new ArrayList<>(person.groups());
        grantees.add(person.id());
        return tx
                .createSelectionQuery(
                        "select access from ShareRow where subject in :subjects and grantee in :grantees", Access.class)
                .setParameterList("subjects", subjects)
                .setParameterList("grantees", grantees)
                .getResultList()
                .stream()
                .reduce(Access.NONE, Access::or);
    }

    private static <T> @Nullable T get(StatelessSession tx, Class<T> type, String id) {
        return Ids.isId(id) ? tx.<@Nullable T>get(type, id) : null;
    }
}
