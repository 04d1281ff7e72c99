package studio.kiln.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ResumingStreamTest {
    private final byte[] bytes = new byte[1 << 20];
    private final List<Long> opened = new ArrayList<>();

    ResumingStreamTest() {
        new Random(1).nextBytes(bytes);
    }

    @Test
    void aLineThatBreaksIsTakenUpWhereItWas() throws IOException {
        try (InputStream in = new ResumingStream(bytes.length, offset -> breaking(offset, 400_000))) {
            assertThat(in.readAllBytes()).isEqualTo(bytes);
        }
        assertThat(opened).hasSize(3).isSorted().first().isEqualTo(0L);
    }

    @Test
    void aStreamThatEndsTooEarlyCountsAsBroken() throws IOException {
        try (InputStream in = new ResumingStream(
                bytes.length,
                offset -> new ByteArrayInputStream(
                        bytes, (int) offset, (int) Math.min(500_000, bytes.length - offset)))) {
            assertThat(in.readAllBytes()).isEqualTo(bytes);
        }
    }

    @Test
    void whatIsSkippedIsNotTransferred() throws IOException {
        try (InputStream in = new ResumingStream(bytes.length, offset -> breaking(offset, Long.MAX_VALUE))) {
            in.skipNBytes(bytes.length - 10);
            assertThat(in.readAllBytes()).hasSize(10).endsWith(bytes[bytes.length - 1]);
        }
        assertThat(opened).containsExactly(0L, bytes.length - 10L);
    }

    @Test
    void aStoreThatStaysAwayIsGivenUp() throws IOException {
        try (InputStream in = new ResumingStream(bytes.length, offset -> breaking(offset, 0))) {
            assertThatThrownBy(in::readAllBytes).hasMessage("the line broke");
        }
        assertThat(opened).hasSize(4);
    }

    private InputStream breaking(long offset, long after) {
        opened.add(offset);
        return new FilterInputStream(new ByteArrayInputStream(bytes, (int) offset, bytes.length)) {
            private long left = after;

            @Override
            public int read(byte[] target, int at, int length) throws IOException {
                if (left <= 0) {
                    throw new IOException("the line broke");
                }
                int n = super.read(target, at, (int) Math.min(length, left));
                left -= Math.max(n, 0);
                return n;
            }
        };
    }
}
