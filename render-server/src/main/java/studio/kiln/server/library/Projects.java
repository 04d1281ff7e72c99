package studio.kiln.server.library;

import java.util.List;
import org.hibernate.StatelessSession;
import org.hibernate.exception.ConstraintViolationException;
import studio.kiln.core.access.Thing;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Problem;
import studio.kiln.core.api.ProjectView;
import studio.kiln.server.audit.Acting;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.ProjectRow;
import studio.kiln.server.security.AccountGuard;
import studio.kiln.server.security.Sight;

/** The projects of a server. Safe for any number of threads. */
public final class Projects {
    private static final String USUAL = "Default";
    private static final int LONGEST_NAME = 200;
    private static final int MOST = 1_000;

    private final Database database;

    public Projects(Database database) {
        this.database = database;
    }

    /** By name; the first thousand. */
    public List<ProjectView> list(Sight sight) {
        return database.read(tx -> sight
                .bind(tx.createSelectionQuery(
                        "select p from ProjectRow p where " + sight.where(Thing.Kind.PROJECT, "p")
                                + " order by p.name, p.id",
                        ProjectRow.class))
                .setMaxResults(MOST)
                .getResultList()
                .stream()
                .map(Projects::view)
                .toList());
    }

    public ProjectView add(String text, String owner) {
        String name = text.strip();
        if (name.isEmpty() || name.length() > LONGEST_NAME || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "The name of a project has 1 to " + LONGEST_NAME + " characters and no control characters.");
        }
        try {
            return database.tx(tx -> {
                ProjectRow row = insert(tx, name, owner);
                Acting.note(tx, "project.add", "project", row.id, name);
                return view(row);
            });
        } catch (ConstraintViolationException e) {
            throw new ApiException(
                    Problem.of(409, "NAME_TAKEN", "That cannot be", "You have a project '" + name + "' already."));
        }
    }

    /** Id of the project where things of an owner go who names none. */
    public static String usual(StatelessSession tx, String owner) {
        List<ProjectRow> found = tx.createSelectionQuery(
                        "from ProjectRow where owner = :owner and name = :name", ProjectRow.class)
                .setParameter("owner", owner)
                .setParameter("name", USUAL)
                .getResultList();
        return found.isEmpty() ? insert(tx, USUAL, owner).id : found.getFirst().id;
    }

    /**
     * The project of a task: that of its model where who acts may change what lies in it, else their own usual one, so that a
     * model that was shared for reading gets nothing put beside it.
     */
    public static String home(StatelessSession tx, String modelProject, String owner) {
        return Acting.who()
                        .map(caller -> AccountGuard.mayChangeProject(tx, caller, modelProject))
                        .orElse(true)
                ? modelProject
                : usual(tx, owner);
    }

    private static ProjectRow insert(StatelessSession tx, String name, String owner) {
        ProjectRow row = new ProjectRow();
        row.id = Ids.next();
        row.name = name;
        row.owner = owner;
        row.createdAt = Database.now(tx);
        tx.insert(row);
        return row;
    }

    private static ProjectView view(ProjectRow row) {
        return new ProjectView(row.id, row.name, row.owner, row.createdAt);
    }
}
