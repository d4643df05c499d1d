/// Which sequences of a dataset, in which order. Whatever is given must hold at once.
public struct SequenceSelection: Sendable, Equatable {
  /// The order of the positions of a source.
  public enum Order: Sendable, Equatable {
    /// As they were imported.
    case stored
    /// By key, so that stores which were filled in another order give the same positions.
    case key
  }

  /// The dataset.
  public var dataset: String
  /// Splits; nil means all, and a list without a name selects nothing.
  public var splits: [String]?
  /// Classes of the sequences; nil means all, and a list without a name selects nothing.
  public var classes: [String]?
  /// An SQL condition over the columns of the view `sequences`. See ``SequenceStore/conditionColumns``.
  public var condition: String?
  /// Keys; nil means all, and a list without a key selects nothing.
  public var keys: [String]?
  /// The order of the positions.
  public var order: Order
  /// Seconds that the condition may take.
  public var conditionTimeLimit: Double

  /// A selection; what is left out or nil selects everything. What is given and names nothing selects nothing: a list
  /// that turned out empty never widens a selection.
  public init(
    dataset: String, splits: [String]? = nil, classes: [String]? = nil, condition: String? = nil, keys: [String]? = nil,
    order: Order = .stored, conditionTimeLimit: Double = 30
  ) {
    self.dataset = dataset
    self.splits = splits
    self.classes = classes
    self.condition = condition
    self.keys = keys
    self.order = order
    self.conditionTimeLimit = conditionTimeLimit
  }

  /// Whether kept figures of whole splits and classes answer every question about it.
  var isUnionOfCells: Bool { condition == nil && keys == nil }
}
