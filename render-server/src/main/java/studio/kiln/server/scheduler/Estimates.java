package studio.kiln.server.scheduler;

import java.util.List;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.Estimate;

/** How long pictures take, from those that were measured. */
final class Estimates {
    private static final int NEWEST = 40;

    private Estimates() {}

    /**
     * Seconds of one picture.
     *
     * @param spread half the distance between the quartiles
     * @param measured 0 when nothing comparable was rendered yet; the others are 0 then
     */
    record PerOutput(double median, double spread, int measured) {
        static final PerOutput UNKNOWN = new PerOutput(0, 0, 0);

        static PerOutput of(List<Double> seconds) {
            if (seconds.isEmpty()) {
                return UNKNOWN;
            }
            List<Double> sorted = seconds.stream().sorted().toList();
            return new PerOutput(
                    quantile(sorted, 0.5), (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2, sorted.size());
        }

        private static double quantile(List<Double> sorted, double q) {
            double at = q * (sorted.size() - 1);
            int low = (int) at;
            int high = Math.min(low + 1, sorted.size() - 1);
            return sorted.get(low) + (at - low) * (sorted.get(high) - sorted.get(low));
        }

        /** For so many pictures that so many slots share; null when nothing was measured. */
        @Nullable
        Estimate times(int outputs, int slots) {
            if (measured == 0 || outputs == 0) {
                return null;
            }
            double rounds = (double) outputs / Math.max(1, Math.min(slots, outputs));
            return new Estimate(median * rounds, Math.max(spread * rounds, median * 0.05), measured);
        }
    }

    /** From the newest pictures with the same measure. */
    static PerOutput of(StatelessSession tx, @Nullable String measure) {
        if (measure == null) {
            return PerOutput.UNKNOWN;
        }
        return PerOutput.of(tx.createSelectionQuery(
                        "select seconds from ResultRow where measure = :measure and slot = '' and reused = false"
                                + " order by createdAt desc",
                        Double.class)
                .setParameter("measure", measure)
                .setMaxResults(NEWEST)
                .getResultList());
    }
}
