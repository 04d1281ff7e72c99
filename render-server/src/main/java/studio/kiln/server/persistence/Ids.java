package studio.kiln.server.persistence;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Makes ids: UUIDs of version 7 (RFC 9562) as 32 lower-case hexadecimal digits, so that they sort by the time they were made. */
public final class Ids {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final HexFormat HEX = HexFormat.of();
    private static long last;

    private Ids() {}

    /** A new id, greater than every earlier one of this process. */
    public static String next() {
        long high = tick();
        long millis = high >>> 12;
        long low = (RANDOM.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        long first = (millis << 16) | 0x7000L | (high & 0xfff);
        return HEX.toHexDigits(first) + HEX.toHexDigits(low);
    }

    /** Whether the text has the form of an id. */
    public static boolean isId(String text) {
        return text.length() == 32 && text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    }

    // Milliseconds with a counter of 12 bits below; runs ahead of the clock when more than 4096 ids are made in one.
    private static synchronized long tick() {
        last = Math.max(last + 1, System.currentTimeMillis() << 12);
        return last;
    }
}
