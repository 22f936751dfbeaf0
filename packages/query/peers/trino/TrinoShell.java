import io.trino.Session;
import io.trino.plugin.memory.MemoryConnectorFactory;
import io.trino.spi.type.TimeZoneKey;
import io.trino.testing.LocalQueryRunner;
import io.trino.testing.MaterializedResult;
import io.trino.testing.MaterializedRow;
import io.trino.testing.TestingSession;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Collectors;

/** Runs each line of its input, a statement in base64, and answers with one line: the table, in base64. */
public final class TrinoShell {
  public static void main(String[] arguments) throws Exception {
    Session session =
        TestingSession.testSessionBuilder()
            .setCatalog("memory")
            .setSchema("default")
            .setTimeZoneKey(TimeZoneKey.UTC_KEY)
            .build();
    try (LocalQueryRunner runner = LocalQueryRunner.create(session)) {
      runner.createCatalog("memory", new MemoryConnectorFactory(), Map.of());
      BufferedReader statements = new BufferedReader(new InputStreamReader(System.in));
      for (String line; (line = statements.readLine()) != null; ) {
        System.out.println("ANSWER " + encode(answer(runner, decode(line))));
      }
    }
  }

  /** Cells with tabs between them, rows with line feeds; or what is wrong. */
  private static String answer(LocalQueryRunner runner, String sql) {
    try {
      MaterializedResult result = runner.execute(sql);
      String rows =
          result.getMaterializedRows().stream()
              .map(TrinoShell::cells)
              .collect(Collectors.joining("\n"));
      return "OK\n" + String.join("\t", result.getColumnNames()) + "\n" + rows;
    } catch (RuntimeException problem) {
      return "FAILED\n" + problem.getMessage();
    }
  }

  private static String cells(MaterializedRow row) {
    return row.getFields().stream().map(String::valueOf).collect(Collectors.joining("\t"));
  }

  private static String encode(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String decode(String text) {
    return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
  }
}
