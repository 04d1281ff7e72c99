package studio.kiln.core.task;

/** Why an attempt failed, as far as it decides what happens next. */
public enum FailureKind {
    /** Will fail everywhere, every time: a file that this Blender cannot read, a script error. Never retried. */
    PERMANENT,
    /** The node lacked something: memory, disk. Retried elsewhere, or with fewer threads. */
    RESOURCE,
    /** May pass: a crash, a lost connection. Retried with back-off and jitter. */
    TRANSIENT
}
