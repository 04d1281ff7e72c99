package studio.kiln.server.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Rows of text in columns that line up. A column whose cells are all numbers stands to the right. */
public final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... head) {
        rows.add(List.of(head));
    }

    public Table row(String... cells) {
        rows.add(List.of(cells));
        return this;
    }

    public boolean isEmpty() {
        return rows.size() == 1;
    }

    /** One line a row; the head comes first. */
    public List<String> lines() {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        boolean[] numbers = new boolean[columns];
        for (int c = 0; c < columns; c++) {
            int column = c;
            widths[c] =
                    rows.stream().mapToInt(r -> Text.width(r.get(column))).max().orElse(0);
            numbers[c] = rows.size() > 1
                    && rows.stream().skip(1).allMatch(r -> r.get(column).matches("[-#]?[\\d.,/% ]+"));
        }
        return rows.stream()
                .map(row -> IntStream.range(0, columns)
                        .mapToObj(c -> pad(row.get(c), widths[c], numbers[c]))
                        .reduce((a, b) -> a + "  " + b)
                        .orElse("")
                        .stripTrailing())
                .toList();
    }

    private static String pad(String cell, int width, boolean right) {
        String blanks = " ".repeat(width - Text.width(cell));
        return right ? blanks + cell : cell + blanks;
    }
}
