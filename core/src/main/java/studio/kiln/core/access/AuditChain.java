package studio.kiln.core.access;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.AuditEntry;
import studio.kiln.core.asset.Sha256;

/**
 * How entries of the audit log are sealed: each with the SHA-256 of its number, the digest of the one before, and all that it
 * says. Whoever changes or takes away an entry would have to change all after it, up to a digest that somebody may have
 * written down elsewhere.
 */
public final class AuditChain {
    /** Stands before the first entry. */
    public static final String START = "0".repeat(64);

    private static final int MOST_BREAKS = 100;

    private final List<String> breaks = new ArrayList<>();
    private final @Nullable Long expectedSeq;
    private final @Nullable String expectedDigest;
    private boolean expectedSeen;
    private long seq;
    private String digest = START;

    /** @param expected a head that was noted down earlier, as {@link #head()} gives it, or null */
    public AuditChain(@Nullable String expected) {
        if (expected == null) {
            this.expectedSeq = null;
            this.expectedDigest = null;
            return;
        }
        int colon = expected.indexOf(':');
        try {
            this.expectedSeq = Long.valueOf(colon < 0 ? "" : expected.substring(0, colon));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("A head is NUMBER:DIGEST, not '" + expected + "'.", e);
        }
        this.expectedDigest = expected.substring(colon + 1);
    }

    /** The digest that seals an entry as number {@code seq} after one with the digest {@code previous}. */
    public static String seal(long seq, String previous, AuditEntry entry) {
        StringBuilder text = new StringBuilder("kiln audit 1\n");
        for (String field : new @Nullable String[] {
            Long.toString(seq),
            previous,
            entry.at().toString(),
            entry.actor(),
            entry.actorKind(),
            entry.credential(),
            entry.address(),
            entry.act(),
            entry.targetKind(),
            entry.target(),
            entry.outcome(),
            entry.detail()
        }) {
            // with lengths, so that no two entries have one text
            text.append(field == null ? "-" : field.length() + ":" + field).append('\n');
        }
        return Sha256.of(text.toString()).hex();
    }

    /** Takes the next sealed entry; they come in the order of their numbers. */
    public void next(AuditEntry entry) {
        long number = entry.seq() == null ? 0 : entry.seq();
        String stated = entry.digest() == null ? "" : entry.digest();
        String before = entry.previous() == null ? "" : entry.previous();
        if (number != seq + 1) {
            say("After number " + seq + " comes " + number + ": entries between are gone, or were put in.");
        } else if (!before.equals(digest)) {
            say("Number " + number + " does not follow number " + seq + ": one of the two was replaced.");
        }
        if (!stated.equals(seal(number, before, entry))) {
            say("Number " + number + " was changed after it was sealed.");
        }
        if (expectedSeq != null && number == expectedSeq) {
            expectedSeen = true;
            if (!stated.equals(expectedDigest)) {
                say("Number " + number + " is not the entry whose digest was noted down.");
            }
        }
        seq = number;
        digest = stated;
    }

    /**
     * Says that there are no more.
     *
     * @param last the number that was given out last, if that is known
     */
    public void end(@Nullable Long last) {
        if (last != null && last != seq) {
            say("The numbers end at " + seq + ", but " + last + " was given out: the newest entries are gone.");
        }
        if (expectedSeq != null && !expectedSeen) {
            say("Number " + expectedSeq + ", whose digest was noted down, is gone.");
        }
    }

    /** Number and digest of the newest entry, as {@code NUMBER:DIGEST}. */
    public String head() {
        return seq + ":" + digest;
    }

    /** The number of the newest entry. */
    public long last() {
        return seq;
    }

    /** What does not fit, as sentences; the first hundred. */
    public List<String> breaks() {
        return List.copyOf(breaks);
    }

    private void say(String sentence) {
        if (breaks.size() < MOST_BREAKS) {
            breaks.add(sentence);
        }
    }
}
