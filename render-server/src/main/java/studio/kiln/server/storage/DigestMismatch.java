package studio.kiln.server.storage;

import java.io.IOException;
import studio.kiln.core.asset.Sha256;

/** The bytes that came are not those that were announced. */
public final class DigestMismatch extends IOException {
    private static final long serialVersionUID = 1;

    public DigestMismatch(Sha256 expected, Sha256 found) {
        super("The bytes that arrived are not those that were announced (expected " + expected + ", found " + found
                + "); send them again.");
    }
}
