package studio.kiln.desktop.controls;

import java.util.List;
import java.util.Map;
import javafx.geometry.VPos;
import javafx.scene.control.Label;
import javafx.scene.layout.ColumnConstraints;
import javafx.scene.layout.GridPane;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;

/** Pairs of a muted name and a value, one below the other. */
public final class PropertyList extends GridPane {
    public PropertyList() {
        getStyleClass().add("properties");
        ColumnConstraints names = new ColumnConstraints();
        names.setMinWidth(USE_PREF_SIZE);
        ColumnConstraints values = new ColumnConstraints();
        values.setHgrow(Priority.ALWAYS);
        values.setMinWidth(0);
        getColumnConstraints().addAll(names, values);
    }

    /** Shows these pairs, in this order. */
    public void set(List<Map.Entry<String, String>> pairs) {
        getChildren().clear();
        int row = 0;
        for (Map.Entry<String, String> pair : pairs) {
            Label name = new Label(pair.getKey());
            name.getStyleClass().add("key-label");
            GridPane.setValignment(name, VPos.TOP);
            Label value = new Label(pair.getValue());
            value.getStyleClass().add("value-label");
            value.setWrapText(true);
            value.setMinHeight(Region.USE_PREF_SIZE);
            GridPane.setValignment(value, VPos.TOP);
            name.setLabelFor(value);
            addRow(row++, name, value);
        }
    }
}
