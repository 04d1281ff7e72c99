package studio.kiln.server.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;
import studio.kiln.core.blender.BlenderVersion;

/** A version of Blender as a person writes it: {@code 4.3} or {@code 4.3.2}. */
public final class VersionConverter implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
        try {
            BlenderVersion.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
        return text.strip();
    }
}
