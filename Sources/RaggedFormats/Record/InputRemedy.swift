public import RaggedCore

/// What a caller can do about a fault in a file, or about a guess that was made of it: which option of the reader to give.
///
/// Messages and notes do not name options; whoever shows them adds the words for the remedy, as the command does.
public enum InputRemedy: Sendable, Equatable {
  /// To accept these words as missing values.
  case acceptMissing([String])
  /// To leave out these columns.
  case skipColumns([String])
  /// To say that the column holds text, or to leave it out.
  case takeAsText(String)
  /// To say that the columns hold lists of labels.
  case takeAsLabels([String])
  /// To say that the column, of this kind, may change within a sequence.
  case letColumnChange(String, Column.Kind)
  /// To say that the column is one of this kind, or to leave it out.
  case sayColumnKind(String, Column.Kind)
  /// To name the features, with the column at hand or without it.
  case nameFeatures
  /// To name as features what was left out: each in words that say why it was.
  case nameLeftOut([String])
  /// To name the column at hand as a feature, which it was not taken for.
  case nameAsFeature
  /// To name the column at hand as a feature, which was taken for something else.
  case takeAsFeature
  /// To say of what kind the target is: one of the first where it is a value, one of the others where it is a class.
  case sayTargetKind(values: [TargetKind], classes: [TargetKind])
  /// To say that the target, which was taken for a value, is of this kind.
  case takeTargetAs(TargetKind)
  /// To say that the target may change within a sequence.
  case letTargetChange(TargetKind)
  /// To name the column whose times are to be checked.
  case checkTimes(column: String)
  /// To take the rows as they stand, or where times fall throughout the rows that are named, to sort them first.
  case ignoreTimes(fallingIn: String?)
  /// To say that there are no lengths.
  case ignoreLengths
  /// To name the input, which may be this array, and what else there is.
  case nameArrays(input: String)
}

/// What is worth knowing of a file, to be shown to the user.
public struct InputNote: Sendable, Equatable, ExpressibleByStringInterpolation {
  /// A sentence without an end.
  public var text: String
  /// What can be done about a guess.
  public var remedy: InputRemedy?

  /// A note on a guess, which a remedy corrects.
  public init(_ text: String, remedy: InputRemedy? = nil) { (self.text, self.remedy) = (text, remedy) }

  /// A note that asks for nothing.
  public init(stringLiteral text: String) { self.init(text) }
}
