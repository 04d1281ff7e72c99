package studio.kiln.server.storage;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A store of bytes could not do what it was asked; the message says in one sentence what is wrong and what to do. */
public final class StoreFailure extends IOException {
    private static final long serialVersionUID = 1;

    private final boolean passing;

    /** @param passing whether the same request may well succeed in a moment */
    public StoreFailure(String message, boolean passing, @Nullable Throwable cause) {
        super(message, cause);
        this.passing = passing;
    }

    /** Whether the same request may well succeed in a moment. */
    public boolean isPassing() {
        return passing;
    }
}
