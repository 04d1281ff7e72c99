package studio.kiln.desktop.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class FormatsTest {
    @Test
    void durationsAreWrittenAsOnAClock() {
        assertThat(Formats.clock(Duration.ofSeconds(31))).isEqualTo("0:31");
        assertThat(Formats.clock(Duration.ofSeconds(108))).isEqualTo("1:48");
        assertThat(Formats.clock(Duration.ofSeconds(7500))).isEqualTo("2:05:00");
        assertThat(Formats.clock(Duration.ofSeconds(-3))).isEqualTo("0:00");
    }

    @Test
    void largeNumbersAreShortOrGrouped() {
        assertThat(Formats.number(96_512)).isEqualTo("96\u2009512");
        assertThat(Formats.about(9_999)).isEqualTo("9\u2009999");
        assertThat(Formats.about(184_200)).isEqualTo("184\u2009k");
        assertThat(Formats.about(1_240_000)).isEqualTo("1.2\u2009M");
    }

    @Test
    void sizesHaveTheUnitThatFits() {
        assertThat(Formats.bytes(512)).isEqualTo("512 B");
        assertThat(Formats.bytes(3_100_000_000L)).isEqualTo("3.1 GB");
        assertThat(Formats.bytes(999_999)).isEqualTo("1.0 MB");
    }

    @Test
    void aTimeOfAnotherDaySaysWhichDay() {
        Instant now = Instant.parse("2026-03-03T12:00:00Z");
        assertThat(Formats.time(Instant.parse("2026-03-03T10:21:00Z"), now, ZoneOffset.UTC))
                .isEqualTo("10:21");
        assertThat(Formats.time(Instant.parse("2026-03-02T17:20:00Z"), now, ZoneOffset.UTC))
                .isEqualTo("yesterday 17:20");
        assertThat(Formats.time(Instant.parse("2026-02-03T09:05:00Z"), now, ZoneOffset.UTC))
                .isEqualTo("3 Feb 09:05");
    }
}
