package studio.kiln.core.plan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A set of frames in ascending order, each at most once. Written as ranges: {@code 1-10,20-30x2,!25} is the frames 1 to
 * 10, every second one from 20 to 30, without 25. Ends are inclusive; numbers may be negative ({@code -5--1}); an
 * exclusion applies to the whole set, wherever it stands. {@code all} is the scene's own range.
 */
public final class FrameSet implements Iterable<Integer> {
    /** Blender's own limits of a frame number. */
    public static final int LOWEST = -1_048_574;

    public static final int HIGHEST = 1_048_574;
    /** So many frames one task may have. */
    public static final int MOST = 200_000;

    private static final Pattern PART = Pattern.compile("(!?)(-?\\d{1,9})(?:-(-?\\d{1,9})(?:x(\\d{1,9}))?)?");

    private final List<Integer> frames;

    private FrameSet(SortedSet<Integer> frames) {
        this.frames = List.copyOf(frames);
    }

    public static FrameSet of(Collection<Integer> frames) {
        return new FrameSet(new TreeSet<>(frames));
    }

    /** Every {@code step}-th frame from {@code first} to {@code last}, inclusive. */
    public static FrameSet range(int first, int last, int step) {
        SortedSet<Integer> frames = new TreeSet<>();
        addRange(frames, first, last, step, first + "-" + last);
        return new FrameSet(frames);
    }

    /**
     * Reads the notation.
     *
     * @param scene the scene's own range, which {@code all} stands for
     * @throws BadFrames with one sentence for a person
     */
    public static FrameSet parse(String text, FrameSet scene) {
        SortedSet<Integer> in = new TreeSet<>();
        SortedSet<Integer> out = new TreeSet<>();
        String compact = text.strip();
        if (compact.isEmpty()) {
            throw new BadFrames("No frames are named; write for example 1-10, 1-10x2 or all.");
        }
        boolean onlyExclusions = true;
        for (String part : compact.split(",", -1)) {
            String token = part.strip();
            if (token.equalsIgnoreCase("all")) {
                in.addAll(scene.frames);
                onlyExclusions = false;
                continue;
            }
            Matcher m = PART.matcher(token);
            if (!m.matches()) {
                throw new BadFrames("'" + token
                        + "' is not a frame or a range of frames; write for example 5, 1-10, 1-10x2 or !7.");
            }
            boolean exclude = !m.group(1).isEmpty();
            onlyExclusions &= exclude;
            int first = Integer.parseInt(m.group(2));
            int last = m.group(3) == null ? first : Integer.parseInt(m.group(3));
            int step = m.group(4) == null ? 1 : Integer.parseInt(m.group(4));
            addRange(exclude ? out : in, first, last, step, token);
        }
        if (onlyExclusions) {
            in.addAll(scene.frames);
        }
        in.removeAll(out);
        if (in.isEmpty()) {
            throw new BadFrames("'" + compact + "' leaves no frame to render.");
        }
        return new FrameSet(in);
    }

    private static void addRange(SortedSet<Integer> frames, int first, int last, int step, String token) {
        if (first > last) {
            throw new BadFrames("'" + token + "' ends before it begins; write the smaller frame first.");
        }
        if (step < 1) {
            throw new BadFrames("'" + token + "' has a step of 0; the step is 1 or more.");
        }
        if (first < LOWEST || last > HIGHEST) {
            throw new BadFrames(
                    "'" + token + "' leaves Blender's range of frames (" + LOWEST + " to " + HIGHEST + ").");
        }
        if ((last - first) / step + 1L + frames.size() > MOST) {
            throw new BadFrames("'" + token + "' is more than the " + MOST
                    + " frames that one task may have; split it into several tasks.");
        }
        for (int frame = first; frame <= last; frame += step) {
            frames.add(frame);
        }
    }

    public List<Integer> frames() {
        return frames;
    }

    public int size() {
        return frames.size();
    }

    /** First, middle and last frame, as far as they differ. */
    public List<Integer> firstMiddleLast() {
        return List.copyOf(
                new TreeSet<>(List.of(frames.getFirst(), frames.get((frames.size() - 1) / 2), frames.getLast())));
    }

    @Override
    public Iterator<Integer> iterator() {
        return frames.iterator();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FrameSet set && set.frames.equals(frames);
    }

    @Override
    public int hashCode() {
        return frames.hashCode();
    }

    /** The shortest usual notation; {@link #parse} reads it back to an equal set. */
    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        int i = 0;
        while (i < frames.size()) {
            int step = i + 1 < frames.size() ? frames.get(i + 1) - frames.get(i) : 1;
            int j = i;
            while (j + 1 < frames.size() && frames.get(j + 1) - frames.get(j) == step) {
                j++;
            }
            if (step > 1 && j + 1 < frames.size() && frames.get(j + 1) - frames.get(j) == 1) {
                j--; // It begins a run without gaps, which reads better whole.
            }
            boolean run = step == 1 ? j > i : j > i + 1;
            if (run) {
                parts.add(frames.get(i) + "-" + frames.get(j) + (step == 1 ? "" : "x" + step));
                i = j + 1;
            } else {
                parts.add(Integer.toString(frames.get(i)));
                i++;
            }
        }
        return String.join(",", parts);
    }
}
