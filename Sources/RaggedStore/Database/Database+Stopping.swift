import GRDB
import GRDBSQLite

extension Database {
  /// Steps of SQLite's machine between two questions.
  private static let stepsBetweenQuestions: Int32 = 50_000

  /// Runs `body`, in which a statement that takes long ends with the error `SQLITE_INTERRUPT` once `isOver` says true.
  func stopping<T>(when isOver: @escaping () -> Bool, _ body: () throws -> T) rethrows -> T {
    let question = Question(isOver: isOver)
    return try withExtendedLifetime(question) {
      sqlite3_progress_handler(
        sqliteConnection, Self.stepsBetweenQuestions,
        { pointer in
          guard let pointer else { return 1 }
          return Unmanaged<Question>.fromOpaque(pointer).takeUnretainedValue().isOver() ? 1 : 0
        }, Unmanaged.passUnretained(question).toOpaque())
      defer { sqlite3_progress_handler(sqliteConnection, 0, nil, nil) }
      return try body()
    }
  }
}

/// A question that goes through SQLite's C interface. Used from one thread.
private final class Question {
  let isOver: () -> Bool

  init(isOver: @escaping () -> Bool) { self.isOver = isOver }
}
