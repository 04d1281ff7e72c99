package studio.kiln.server.cli.tasks;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A task as a person names it: its id, or its short number with or without the number sign. */
final class TaskId implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
        String id = text.strip();
        if (id.startsWith("#")) {
            id = id.substring(1);
        }
        if (id.isEmpty() || !id.matches("[0-9A-Za-z_-]{1,64}")) {
            throw new TypeConversionException("'" + text
                    + "' is not a task; give its number, such as 12, or its id. 'kiln tasks list' shows them.");
        }
        return id;
    }
}
