package org.elasticsearch.plugins;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.jdk.ModuleQualifiedExportsService;
import org.elasticsearch.transport.netty4.Netty4Plugin;

/** The one plugin that a node needs to speak HTTP, from the class path instead of a folder. */
public final class ClasspathPlugins extends PluginsService {
  private List<LoadedPlugin> loaded;

  public ClasspathPlugins(Settings settings, Path config) {
    super(settings, config, null, null);
  }

  @Override
  protected void addServerExportsService(Map<String, List<ModuleQualifiedExportsService>> exports) {
    // On the class path there are no modules.
  }

  @Override
  protected List<LoadedPlugin> plugins() {
    if (loaded == null) {
      String name = Netty4Plugin.class.getName();
      PluginDescriptor descriptor =
          new PluginDescriptor(
              "netty4", "", "0", "8.17.0", "17", name, null, List.of(), false, false, true, false);
      loaded = List.of(new LoadedPlugin(descriptor, new Netty4Plugin()));
    }
    return loaded;
  }
}
