package import RaggedCore

/// A figure of an epoch that decides which is the best: one of ``EarlyStopping/Monitor``, of the whole or of one of several
/// heads.
public struct WatchedFigure: Sendable, Equatable, CustomStringConvertible {
  /// The head; nil for the figure of the whole.
  public var head: String?
  /// The figure.
  public var figure: EarlyStopping.Monitor

  /// A figure of the whole, or of a head.
  public init(_ figure: EarlyStopping.Monitor, head: String? = nil) { (self.figure, self.head) = (figure, head) }

  /// The figure of a name: as ``EarlyStopping/Monitor/init(named:)``, or with the name of a head and a point before it, as in
  /// `activity@1.val_accuracy`.
  public init?(named name: String) {
    if let figure = EarlyStopping.Monitor(named: name) {
      self.init(figure)
      return
    }
    guard let point = name.lastIndex(of: "."),
      let figure = EarlyStopping.Monitor(named: String(name[name.index(after: point)...])), point > name.startIndex
    else { return nil }
    self.init(figure, head: String(name[..<point]))
  }

  /// `val_accuracy`, or `activity@1.val_accuracy`.
  public var name: String { (head.map { $0 + "." } ?? "") + figure.rawValue }

  /// Its name.
  public var description: String { name }

  package func value(of record: EpochRecord) -> Double? {
    guard let head else { return figure.value(of: record) }
    return record.heads?.first { $0.name.isExactly(head) }.flatMap { figure.value(of: record.of($0)) }
  }

  /// Checks that a run has the figure.
  /// - Throws: ``TrainingError`` that says what it needs.
  package func check(_ target: TargetSignature, hasValidation: Bool) throws {
    let parts = target.parts
    guard let head else {
      guard parts.isEmpty || [.loss, .validationLoss].contains(figure) else {
        throw TrainingError(
          .invalidModel,
          "\(figure.rawValue) cannot be watched: there are \(parts.count) targets, expected that of one, such as "
            + "\"\(parts[0].name).\(figure.rawValue)\", or a loss")
      }
      return try figure.check(target, hasValidation: hasValidation)
    }
    guard let part = parts.first(where: { $0.name.isExactly(head) }) else {
      throw TrainingError(
        .invalidModel,
        "\(name) cannot be watched: "
          + (parts.isEmpty
            ? "there is one target, expected \(figure.rawValue)"
            : "no head is called \"\(head)\", expected one of \(parts.map(\.name).quotedList)"))
    }
    try figure.check(part.target, hasValidation: hasValidation)
  }
}
