package studio.kiln.desktop.live;

import java.io.ByteArrayInputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import javafx.scene.image.Image;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.asset.Sha256;
import studio.kiln.desktop.shell.Background;

/**
 * Fetches and keeps the pictures that the rooms show. Bytes are read and decoded off the FX thread, each picture once;
 * the most recently shown are kept up to a number of pixels. FX thread only.
 */
public final class Pictures {
    private static final long KEPT_PIXELS = 40_000_000;
    private static final Duration TRY_AGAIN = Duration.ofSeconds(5);

    private final ServerLink link;
    private final Background background;
    private final Clock clock;
    private final Semaphore atOnce = new Semaphore(4);
    private final LinkedHashMap<String, Image> kept = new LinkedHashMap<>(64, 0.75f, true);
    private final Map<String, List<Consumer<Image>>> waiting = new HashMap<>();
    private final Map<String, Instant> failed = new HashMap<>();
    private long pixels;

    public Pictures(ServerLink link, Background background, Clock clock) {
        this.link = link;
        this.background = background;
        this.clock = clock;
    }

    /** A published picture, small. {@code receiver} may be called at once. */
    public void ofResult(String resultId, int width, Consumer<Image> receiver) {
        load("result " + resultId + " " + width, () -> link.client().resultThumbnail(resultId, width), receiver);
    }

    /** The thumbnail of a model version. */
    public void ofVersion(String versionId, Consumer<Image> receiver) {
        load("version " + versionId, () -> link.client().versionThumbnail(versionId), receiver);
    }

    /** The draft of a frame that renders. */
    public void ofDraft(String taskId, Sha256 draft, Consumer<Image> receiver) {
        load("draft " + draft, () -> link.client().draft(taskId, draft), receiver);
    }

    /** A version has a thumbnail now, even if it had none before. */
    public void versionChanged(String versionId) {
        failed.remove("version " + versionId);
    }

    /** The picture of a result if it is kept already, else null. */
    public @Nullable Image keptResult(String resultId, int width) {
        return kept.get("result " + resultId + " " + width);
    }

    private interface Source {
        byte[] bytes() throws Exception;
    }

    private void load(String key, Source source, Consumer<Image> receiver) {
        Image known = kept.get(key);
        if (known != null) {
            receiver.accept(known);
            return;
        }
        Instant failure = failed.get(key);
        if (failure != null && failure.plus(TRY_AGAIN).isAfter(clock.instant())) {
            return;
        }
        List<Consumer<Image>> others = waiting.get(key);
        if (others != null) {
            others.add(receiver);
            return;
        }
        waiting.put(key, new ArrayList<>(List.of(receiver)));
        background.run(
                () -> {
                    atOnce.acquire();
                    try {
                        Image image = new Image(new ByteArrayInputStream(source.bytes()));
                        if (image.isError()) {
                            throw new IllegalArgumentException("not a picture", image.getException());
                        }
                        return image;
                    } finally {
                        atOnce.release();
                    }
                },
                image -> {
                    keep(key, image);
                    List<Consumer<Image>> receivers = waiting.remove(key);
                    if (receivers != null) {
                        receivers.forEach(r -> r.accept(image));
                    }
                },
                problem -> {
                    waiting.remove(key);
                    failed.put(key, clock.instant());
                });
    }

    private void keep(String key, Image image) {
        failed.remove(key);
        kept.put(key, image);
        pixels += area(image);
        var oldest = kept.entrySet().iterator();
        while (pixels > KEPT_PIXELS && kept.size() > 1 && oldest.hasNext()) {
            pixels -= area(oldest.next().getValue());
            oldest.remove();
        }
    }

    private static long area(Image image) {
        return (long) (image.getWidth() * image.getHeight());
    }
}
