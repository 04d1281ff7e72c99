package studio.kiln.server.audit;

import java.util.Locale;

/** How an act ended. */
public enum Outcome {
    DONE,
    /** The policy, a missing permission or a wrong password stood against it. */
    REFUSED;

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
