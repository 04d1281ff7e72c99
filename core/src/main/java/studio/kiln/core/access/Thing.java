package studio.kiln.core.access;

import java.util.Locale;

/**
 * Something that has an owner, as far as {@link Policy} needs to know it.
 *
 * @param name for a person: number of a task, name of a model
 * @param projectOwner owner of the project that it lies in; of a project itself, its owner
 * @param shared the most that shares of it, or of its project, give the caller who asks
 */
public record Thing(Kind kind, String name, String owner, String projectOwner, Access shared) {
    /** What can have an owner and shares. Versions, results and uploads belong to one of these. */
    public enum Kind {
        PROJECT,
        MODEL,
        TASK;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    boolean belongsTo(String person) {
        return owner.equals(person) || projectOwner.equals(person);
    }
}
