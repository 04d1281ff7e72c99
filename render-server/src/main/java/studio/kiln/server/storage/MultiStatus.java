package studio.kiln.server.storage;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads the answer to a PROPFIND (RFC 4918, section 13) as a stream. What another machine sends is not trusted: document
 * types and entities of its own are refused.
 */
final class MultiStatus {
    private static final String DAV = "DAV:";
    private static final XMLInputFactory FACTORY = factory();

    private MultiStatus() {}

    /**
     * The lines of a folder's listing, the folder itself left out.
     *
     * @param folder the path that was asked for, as it is in the address
     */
    static List<RemoteBlobStore.Entry> read(InputStream in, URI folder) throws IOException {
        String self = plain(folder.getPath());
        List<RemoteBlobStore.Entry> all = new ArrayList<>();
        try {
            XMLStreamReader xml = FACTORY.createXMLStreamReader(in);
            Line line = new Line();
            StringBuilder text = new StringBuilder();
            while (xml.hasNext()) {
                switch (xml.next()) {
                    case XMLStreamConstants.START_ELEMENT -> {
                        text.setLength(0);
                        if (is(xml, "response")) {
                            line = new Line();
                        } else if (is(xml, "collection")) {
                            line.folder = true;
                        }
                    }
                    case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> text.append(xml.getText());
                    case XMLStreamConstants.END_ELEMENT -> {
                        if (is(xml, "response")) {
                            line.addTo(all, self);
                        } else {
                            line.set(xml, text.toString().strip());
                        }
                    }
                    default -> {
                        // comments and the like
                    }
                }
            }
        } catch (XMLStreamException | IllegalArgumentException | DateTimeException e) {
            throw new StoreFailure(
                    "The file server lists its folders in a form that is not WebDAV (" + e.getMessage()
                            + "); check the address.",
                    false,
                    e);
        }
        return all;
    }

    private static boolean is(XMLStreamReader xml, String name) {
        return DAV.equals(xml.getNamespaceURI()) && name.equals(xml.getLocalName());
    }

    private static String plain(String path) {
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        return factory;
    }

    private static final class Line {
        private String path = "";
        private boolean folder;
        private long size;
        private Instant modified = Instant.EPOCH;

        private void set(XMLStreamReader xml, String text) {
            if (is(xml, "href") && path.isEmpty()) {
                path = URI.create(text).getPath();
            } else if (is(xml, "getcontentlength") && !text.isEmpty()) {
                size = Long.parseLong(text);
            } else if (is(xml, "getlastmodified") && !text.isEmpty()) {
                modified = RemoteBlobStore.roundedUp(ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                        .toInstant());
            }
        }

        private void addTo(List<RemoteBlobStore.Entry> all, String self) {
            String mine = plain(path);
            String name = mine.substring(mine.lastIndexOf('/') + 1);
            if (!mine.equals(self) && !name.isEmpty()) {
                all.add(new RemoteBlobStore.Entry(name, folder, folder ? 0 : size, modified));
            }
        }
    }

    /** Asks for what {@link #read} needs. */
    static byte[] question() {
        return ("<?xml version=\"1.0\" encoding=\"utf-8\"?><d:propfind xmlns:d=\"DAV:\"><d:prop><d:resourcetype/>"
                        + "<d:getcontentlength/><d:getlastmodified/></d:prop></d:propfind>")
                .getBytes(StandardCharsets.UTF_8);
    }
}
