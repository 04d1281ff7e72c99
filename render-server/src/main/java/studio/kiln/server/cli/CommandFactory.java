package studio.kiln.server.cli;

import java.lang.reflect.Constructor;
import picocli.CommandLine;
import picocli.CommandLine.IFactory;

/** Gives each command its surroundings through its constructor. */
final class CommandFactory implements IFactory {
    private final Surroundings here;

    CommandFactory(Surroundings here) {
        this.here = here;
    }

    @Override
    public <K> K create(Class<K> type) throws Exception {
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (constructor.getParameterCount() == 1 && constructor.getParameterTypes()[0] == Surroundings.class) {
                constructor.setAccessible(true);
                return type.cast(constructor.newInstance(here));
            }
        }
        return CommandLine.defaultFactory().create(type);
    }
}
