package studio.kiln.server.events;

import studio.kiln.core.api.ServerEvent;

/**
 * Carries hints about events between the servers of one database. The database is the truth about numbered events and
 * every server looks into it by itself, so any of these may be lost. No method waits. Safe for any number of threads.
 */
public interface FanOut extends AutoCloseable {
    /** For a server that is alone. */
    FanOut NOBODY = new FanOut() {
        @Override
        public void start(Receiver receiver) {}

        @Override
        public void wanted() {}

        @Override
        public void numbered() {}

        @Override
        public void live(ServerEvent event, String task) {}

        @Override
        public void close() {}
    };

    /** Begins to listen to the others. */
    void start(Receiver receiver);

    /** Events wait for their numbers, and giving them is another server's duty. */
    void wanted();

    /** Events got their numbers. */
    void numbered();

    /** Something without a number that is not kept, such as progress. */
    void live(ServerEvent event, String task);

    @Override
    void close();

    /** Hears what other servers say, never what its own does. */
    interface Receiver {
        void wanted();

        void numbered();

        void live(ServerEvent event, String task);
    }
}
