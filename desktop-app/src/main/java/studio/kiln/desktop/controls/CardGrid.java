package studio.kiln.desktop.controls;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javafx.beans.property.ObjectProperty;
import javafx.beans.property.SimpleObjectProperty;
import javafx.collections.FXCollections;
import javafx.collections.ListChangeListener;
import javafx.collections.ObservableList;
import javafx.css.PseudoClass;
import javafx.scene.AccessibleRole;
import javafx.scene.control.ListCell;
import javafx.scene.control.ListView;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.Pane;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;
import org.jspecify.annotations.Nullable;

/**
 * Cards of equal size in as many columns as fit. Only the rows in sight exist as nodes and their cards are used again,
 * so a library of thousands scrolls like one of ten. The arrow keys move the selection.
 *
 * @param <T> what a card shows
 */
public final class CardGrid<T> extends StackPane {
    /** A card that can show one thing after another. */
    public abstract static class Card<T> extends Region {
        private static final PseudoClass SELECTED = PseudoClass.getPseudoClass("selected");

        protected Card() {
            getStyleClass().add("card");
            setAccessibleRole(AccessibleRole.LIST_ITEM);
        }

        /** Shows this from now on; null when the card is not in use. */
        protected abstract void show(@Nullable T item);
    }

    private record Row<T>(List<T> items) {}

    private static final double GAP = 14;
    /** Room for the scroll bar on the right. */
    private static final double BAR = 12;

    private final ObservableList<T> items;
    private final Supplier<? extends Card<T>> cards;
    private final double minCardWidth;
    private final double footHeight;
    private final ObservableList<Row<T>> rows = FXCollections.observableArrayList();
    private final ListView<Row<T>> list = new ListView<>(rows);
    private final ObjectProperty<@Nullable T> selected = new SimpleObjectProperty<>(this, "selected");
    private Consumer<T> onOpen = item -> {};
    private int columns = 1;

    /**
     * @param items what is shown, in this order; changes are followed
     * @param minCardWidth columns are never narrower, px
     * @param footHeight what a card adds below its 16:10 picture, px
     */
    public CardGrid(
            ObservableList<T> items, Supplier<? extends Card<T>> cards, double minCardWidth, double footHeight) {
        this.items = items;
        this.cards = cards;
        this.minCardWidth = minCardWidth;
        this.footHeight = footHeight;
        getStyleClass().add("card-grid");
        list.getStyleClass().add("card-grid");
        list.setCellFactory(view -> new RowCell());
        list.addEventFilter(KeyEvent.KEY_PRESSED, this::onKey);
        getChildren().add(list);
        items.addListener((ListChangeListener<T>) change -> cut());
        widthProperty().addListener((at, before, now) -> relayout());
        selected.addListener((at, before, now) -> refreshSelection());
        cut();
    }

    public ObjectProperty<@Nullable T> selectedProperty() {
        return selected;
    }

    /** Called on a double click or Enter. */
    public void setOnOpen(Consumer<T> open) {
        onOpen = open;
    }

    /** The node that takes the keyboard. */
    public ListView<?> keyboardTarget() {
        return list;
    }

    /** How many columns there are at the present width. */
    public int columns() {
        return columns;
    }

    private void relayout() {
        double width = getWidth() - BAR;
        int fit = Math.max(1, (int) ((width + GAP) / (minCardWidth + GAP)));
        if (fit != columns) {
            columns = fit;
            cut();
        }
        list.setFixedCellSize(cardHeight() + GAP);
    }

    private double cardWidth() {
        return Math.max(60, Math.floor((getWidth() - BAR - GAP * (columns - 1)) / columns));
    }

    private double cardHeight() {
        return Math.round(cardWidth() / 1.5625) + footHeight;
    }

    private void cut() {
        List<Row<T>> now = new ArrayList<>();
        for (int i = 0; i < items.size(); i += columns) {
            now.add(new Row<>(List.copyOf(items.subList(i, Math.min(items.size(), i + columns)))));
        }
        // rows that stay the same stay in place, so that a new card does not redraw the others
        for (int i = 0; i < now.size(); i++) {
            if (i >= rows.size()) {
                rows.add(now.get(i));
            } else if (!rows.get(i).equals(now.get(i))) {
                rows.set(i, now.get(i));
            }
        }
        if (rows.size() > now.size()) {
            rows.remove(now.size(), rows.size());
        }
    }

    private void onKey(KeyEvent event) {
        T now = selected.get();
        int index = now == null ? -1 : items.indexOf(now);
        int next = switch (event.getCode()) {
            case LEFT -> index - 1;
            case RIGHT -> index + 1;
            case UP -> index - columns;
            case DOWN -> index + columns;
            case HOME -> 0;
            case END -> items.size() - 1;
            case ENTER -> {
                if (now != null) {
                    onOpen.accept(now);
                    event.consume();
                }
                yield -2;
            }
            default -> -2;
        };
        if (next == -2 || items.isEmpty()) {
            return;
        }
        event.consume();
        if (next < 0 && index >= 0) {
            return;
        }
        int target = Math.clamp(next, 0, items.size() - 1);
        selected.set(items.get(target));
        list.scrollTo(Math.max(0, target / columns - 1));
    }

    private void refreshSelection() {
        for (javafx.scene.Node node : list.lookupAll(".card")) {
            if (node instanceof Card<?> card) {
                card.pseudoClassStateChanged(
                        Card.SELECTED,
                        card.getUserData() != null && card.getUserData().equals(selected.get()));
            }
        }
    }

    private final class RowCell extends ListCell<Row<T>> {
        private final List<Card<T>> made = new ArrayList<>();
        private final Pane box = new Pane() {
            @Override
            protected void layoutChildren() {
                double width = cardWidth();
                double height = cardHeight();
                for (int i = 0; i < getChildren().size(); i++) {
                    getChildren().get(i).resizeRelocate(i * (width + GAP), 0, width, height);
                }
            }

            @Override
            protected double computePrefHeight(double width) {
                return cardHeight() + GAP;
            }

            @Override
            protected double computePrefWidth(double height) {
                return 10;
            }
        };

        RowCell() {
            setText(null);
            CardGrid.this.widthProperty().addListener((at, before, now) -> box.requestLayout());
        }

        @Override
        protected void updateItem(@Nullable Row<T> row, boolean empty) {
            super.updateItem(row, empty);
            int count = row == null || empty ? 0 : row.items().size();
            while (made.size() < count) {
                Card<T> card = cards.get();
                card.setOnMousePressed(event -> {
                    @SuppressWarnings("unchecked")
                    T item = (T) card.getUserData();
                    if (item != null) {
                        selected.set(item);
                        list.requestFocus();
                    }
                });
                card.setOnMouseClicked(event -> {
                    @SuppressWarnings("unchecked")
                    T item = (T) card.getUserData();
                    if (item != null && event.getClickCount() == 2) {
                        onOpen.accept(item);
                    }
                });
                made.add(card);
                box.getChildren().add(card);
            }
            for (int i = 0; i < made.size(); i++) {
                Card<T> card = made.get(i);
                T item = i < count && row != null ? row.items().get(i) : null;
                card.setUserData(item);
                card.setVisible(item != null);
                card.show(item);
                card.pseudoClassStateChanged(Card.SELECTED, item != null && item.equals(selected.get()));
            }
            setGraphic(count == 0 ? null : box);
        }
    }
}
