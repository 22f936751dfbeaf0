package org.opensearch.node;

import java.util.List;
import java.util.Map;
import org.opensearch.common.settings.Settings;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.transport.Netty4Plugin;

/** A node of its own in the folder given; prints its address, and ends when its input does. */
public final class SearchNode extends Node {
  private SearchNode(Settings settings) {
    super(
        InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "peer"),
        List.of(Netty4Plugin.class),
        false);
  }

  public static void main(String[] arguments) throws Exception {
    Settings settings =
        Settings.builder()
            .put("path.home", arguments[0])
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.type", "netty4")
            .put("http.port", "0")
            .put("transport.type", "netty4")
            .put("transport.port", "0")
            // Small, so that tests can go beyond it.
            .put("http.max_content_length", "1mb")
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .build();
    try (Node node = new SearchNode(settings).start()) {
      HttpServerTransport http = node.injector().getInstance(HttpServerTransport.class);
      System.out.println("READY " + http.boundAddress().publishAddress());
      while (System.in.read() != -1) {}
    }
  }
}
