package studio.kiln.server.queue;

import studio.kiln.server.persistence.JobKind;

/**
 * Something to do once.
 *
 * @param id tells one job from another: a second job of the same id is the same job
 * @param subject id of what it is about
 * @param owner whom it is done for
 */
public record Job(String id, JobKind kind, String subject, String owner) {
    /** Turns a submission into outputs and chunks; each generation of a task is planned at most once. */
    public static Job plan(String task, int generation, String owner) {
        return new Job("plan-" + task + "-" + generation, JobKind.PLAN, task, owner);
    }

    /** Looks into a model version. */
    public static Job inspect(String version, String owner) {
        return new Job("inspect-" + version, JobKind.INSPECT, version, owner);
    }

    /** Makes a small picture of a model version. */
    public static Job thumbnail(String version, String owner) {
        return new Job("thumbnail-" + version, JobKind.THUMBNAIL, version, owner);
    }
}
